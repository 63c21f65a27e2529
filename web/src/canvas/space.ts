/**
 * Spaces and their points. Image space: x right, y down, pixel (column, row) covers
 * [column, column + 1) × [row, row + 1). Screen space: CSS pixels inside the canvas.
 */

export interface ImagePoint {
  readonly x: number;
  readonly y: number;
}

export interface ScreenPoint {
  readonly x: number;
  readonly y: number;
}

/** A rectangle of whole pixels: x0 ≤ column < x1, y0 ≤ row < y1. */
export interface Rect {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

export const isEmpty = (rect: Rect): boolean => rect.x1 <= rect.x0 || rect.y1 <= rect.y0;

export function intersect(a: Rect, b: Rect): Rect {
  return {
    x0: Math.max(a.x0, b.x0),
    y0: Math.max(a.y0, b.y0),
    x1: Math.min(a.x1, b.x1),
    y1: Math.min(a.y1, b.y1),
  };
}

/** The smallest rectangle around both; an empty or absent one does not count. */
export function unite(a: Rect | null, b: Rect): Rect {
  if (a === null || isEmpty(a)) return b;
  if (isEmpty(b)) return a;
  return {
    x0: Math.min(a.x0, b.x0),
    y0: Math.min(a.y0, b.y0),
    x1: Math.max(a.x1, b.x1),
    y1: Math.max(a.y1, b.y1),
  };
}

/** Where the camera stands: `scale` screen pixels per image pixel, and the image point at the top left. */
export interface Camera {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export const imageFromScreen = (camera: Camera, point: ScreenPoint): ImagePoint => ({
  x: camera.x + point.x / camera.scale,
  y: camera.y + point.y / camera.scale,
});

export const screenFromImage = (camera: Camera, point: ImagePoint): ScreenPoint => ({
  x: (point.x - camera.x) * camera.scale,
  y: (point.y - camera.y) * camera.scale,
});

/** The camera after a zoom by `factor` that keeps the image point under `anchor` where it is. */
export function zoomAt(camera: Camera, anchor: ScreenPoint, factor: number, limits: ScaleLimits): Camera {
  const scale = Math.min(limits.max, Math.max(limits.min, camera.scale * factor));
  const fixed = imageFromScreen(camera, anchor);
  return { scale, x: fixed.x - anchor.x / scale, y: fixed.y - anchor.y / scale };
}

export interface ScaleLimits {
  readonly min: number;
  readonly max: number;
}

/** The camera that shows a rectangle whole and centred, with a margin in screen pixels. */
export function fit(rect: Rect, width: number, height: number, margin: number, limits: ScaleLimits): Camera {
  const wide = Math.max(1, rect.x1 - rect.x0);
  const high = Math.max(1, rect.y1 - rect.y0);
  const wanted = Math.min((width - 2 * margin) / wide, (height - 2 * margin) / high);
  const scale = Math.min(limits.max, Math.max(limits.min, wanted));
  return {
    scale,
    x: (rect.x0 + rect.x1) / 2 - width / 2 / scale,
    y: (rect.y0 + rect.y1) / 2 - height / 2 / scale,
  };
}

/** The image pixels that a screen of that size shows, cut to the image. */
export function visible(camera: Camera, width: number, height: number, image: Rect): Rect {
  return intersect(image, {
    x0: Math.floor(camera.x),
    y0: Math.floor(camera.y),
    x1: Math.ceil(camera.x + width / camera.scale),
    y1: Math.ceil(camera.y + height / camera.scale),
  });
}
