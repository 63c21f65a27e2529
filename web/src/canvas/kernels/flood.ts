/**
 * Flood fill: everything that hangs together with a seed. Neighbours are the four beside a pixel.
 */

import type { Rect } from "../space.ts";
import type { OnSpan } from "./shapes.ts";

/** One row as bytes, from `clip.x0` to `clip.x1`: 1 where a pixel may be filled. */
export type MatchRow = (row: number) => Uint8Array;

export interface FloodResult {
  readonly pixels: number;
  /** Whether the region reached a side of the clip: it may go on beyond. */
  readonly touches: { left: boolean; top: boolean; right: boolean; bottom: boolean };
}

/**
 * Fill from a seed, span by span. Rows from `matchRow` are marked as they are filled (1 becomes 2),
 * so each must come from a buffer of its own that stays the same for the whole call.
 */
export function flood(
  matchRow: MatchRow,
  seedColumn: number,
  seedRow: number,
  clip: Rect,
  onSpan: OnSpan,
): FloodResult {
  const touches = { left: false, top: false, right: false, bottom: false };
  let pixels = 0;
  const width = clip.x1 - clip.x0;
  // Places from which a span may start: pairs of (column − clip.x0, row).
  const waiting: number[] = [seedColumn - clip.x0, seedRow];
  while (waiting.length > 0) {
    const row = waiting.pop() as number;
    const column = waiting.pop() as number;
    const here = matchRow(row);
    if (here[column] !== 1) continue;
    let first = column;
    while (first > 0 && here[first - 1] === 1) first--;
    let end = column + 1;
    while (end < width && here[end] === 1) end++;
    here.fill(2, first, end);
    onSpan(row, clip.x0 + first, clip.x0 + end);
    pixels += end - first;
    touches.left ||= first === 0;
    touches.right ||= end === width;
    touches.top ||= row === clip.y0;
    touches.bottom ||= row === clip.y1 - 1;
    if (row > clip.y0) pushStarts(matchRow(row - 1), first, end, row - 1, waiting);
    if (row < clip.y1 - 1) pushStarts(matchRow(row + 1), first, end, row + 1, waiting);
  }
  return { pixels, touches };
}

/** One place for each run of open pixels in [first, end). */
function pushStarts(cells: Uint8Array, first: number, end: number, row: number, waiting: number[]): void {
  for (let k = first; k < end; k++) {
    if (cells[k] === 1 && (k === first || cells[k - 1] !== 1)) waiting.push(k, row);
  }
}
