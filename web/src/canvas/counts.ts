/** Pixels by class number of the whole image, loaded or not; they follow every change. */
export class ClassCounts {
  /** 0 is unlabelled, 65,535 ignore. */
  readonly pixels = new Map<number, number>();

  constructor(private readonly totalPx: number) {
    this.pixels.set(0, totalPx);
  }

  move(from: number, to: number, pixels: number): void {
    if (from === to) return;
    this.pixels.set(from, (this.pixels.get(from) ?? 0) - pixels);
    this.pixels.set(to, (this.pixels.get(to) ?? 0) + pixels);
  }

  /** Take the counts that the server has; what is not named is unlabelled. */
  replace(pixelsByClass: ReadonlyMap<number, number>): void {
    this.pixels.clear();
    let labelled = 0;
    for (const [number, pixels] of pixelsByClass) {
      this.pixels.set(number, pixels);
      labelled += pixels;
    }
    this.pixels.set(0, this.totalPx - labelled);
  }

  /** Share of the image that is labelled, 0 … 1; ignore counts, somebody looked. */
  get labelledShare(): number {
    return 1 - (this.pixels.get(0) ?? 0) / Math.max(1, this.totalPx);
  }
}
