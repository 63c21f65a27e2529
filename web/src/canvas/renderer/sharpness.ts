/**
 * How finely to draw while the picture moves. Without a graphics card a frame takes as long as it has
 * pixels; half as many in each direction keep up with the hand. What stands still is always drawn in full.
 */

import type { Camera } from "../space.ts";

const COARSE = 0.5;
/** Frames that take longer than this are felt as dragging (two screen refreshes at 60 Hz). */
const SLOW_MS = 33;
/** Intervals longer than this are pauses, not frames. */
const PAUSE_MS = 400;
/** Movement has ended when the camera has stood for so long. */
const REST_MS = 150;
const SLOW_FRAMES = 2;
/** After so many movements at half the pixels, the next one tries all of them again. */
const RETRY_AFTER = 20;

export class Sharpness {
  private last: { readonly camera: Camera; readonly at: number } | null = null;
  private slow = 0;
  private movements = 0;
  private isCoarse = false;
  private timer: ReturnType<typeof setTimeout> | null = null;
  /** Device pixels drawn per device pixel shown, in each direction. */
  share = 1;

  constructor(private readonly redraw: () => void) {}

  /** The share for the frame that is drawn now. */
  next(camera: Camera, now: number): number {
    const { last } = this;
    this.last = { camera, at: now };
    if (last === null || last.camera === camera) return this.share;
    const took = now - last.at;
    if (took > PAUSE_MS) {
      this.movements += 1;
      if (this.movements % RETRY_AFTER === 0) this.isCoarse = false;
      this.slow = 0;
    } else if (!this.isCoarse) {
      this.slow = took > SLOW_MS ? this.slow + 1 : 0;
      this.isCoarse = this.slow >= SLOW_FRAMES;
    }
    this.share = this.isCoarse ? COARSE : 1;
    if (this.timer !== null) clearTimeout(this.timer);
    if (this.share < 1) this.timer = setTimeout(() => this.rest(), REST_MS);
    return this.share;
  }

  private rest(): void {
    this.timer = null;
    this.share = 1;
    this.redraw();
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
  }
}
