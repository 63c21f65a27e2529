/** Snapping to what is labelled already: the nearest corner where two segments meet. */

import type { ImagePoint } from "../space.ts";

/** The segment at a pixel. */
export type SegmentAt = (column: number, row: number) => number;

/** The pixel corner nearest to `at`, within `reach` pixels, that lies on a border; else `at`. */
export function snapToBorder(at: ImagePoint, reach: number, segmentAt: SegmentAt): ImagePoint {
  let best = at;
  let bestAway = reach;
  const first = { x: Math.ceil(at.x - reach), y: Math.ceil(at.y - reach) };
  for (let y = first.y; y <= at.y + reach; y++) {
    for (let x = first.x; x <= at.x + reach; x++) {
      const away = Math.hypot(x - at.x, y - at.y);
      if (away >= bestAway) continue;
      const around = segmentAt(x, y);
      const isBorder =
        segmentAt(x - 1, y) !== around ||
        segmentAt(x, y - 1) !== around ||
        segmentAt(x - 1, y - 1) !== around;
      if (isBorder) {
        best = { x, y };
        bestAway = away;
      }
    }
  }
  return best;
}
