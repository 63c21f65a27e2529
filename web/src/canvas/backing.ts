/** A canvas's own pixels: as many as the screen has where it is shown. */

export interface Shown {
  /** In CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly dpr: number;
}

/** Give a canvas the pixels that it is shown with; changing them clears it, so only where they differ. */
export function sizeCanvas(canvas: HTMLCanvasElement, shown: Shown): void {
  const width = Math.round(shown.width * shown.dpr);
  const height = Math.round(shown.height * shown.dpr);
  if (canvas.width === width && canvas.height === height) return;
  canvas.width = width;
  canvas.height = height;
}
