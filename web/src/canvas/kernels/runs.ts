/**
 * Changes of a tile as runs: where, how many pixels in a row, what they were, what they became.
 * Four numbers a run. Undo, redo and the journal are all made of them.
 */

import type { Rect } from "../space.ts";

export const TILE_PX = 512;
export const TILE_AREA = TILE_PX * TILE_PX;
export const WHOLE_TILE: Rect = { x0: 0, y0: 0, x1: TILE_PX, y1: TILE_PX };
const FIELDS = 4;

/** Runs of one tile: [start, length, before, after] repeated, start = row · 512 + column. */
export type Runs = Uint32Array;

/** What differs between two planes inside a rectangle of the tile. */
export function diffRuns(before: Uint32Array, after: Uint32Array, rect: Rect): Runs {
  let out = new Uint32Array(256 * FIELDS);
  let size = 0;
  for (let row = rect.y0; row < rect.y1; row++) {
    const end = row * TILE_PX + rect.x1;
    let p = row * TILE_PX + rect.x0;
    while (p < end) {
      if (before[p] === after[p]) {
        p++;
        continue;
      }
      const start = p;
      const was = before[p] as number;
      const is = after[p] as number;
      while (p < end && before[p] === was && after[p] === is) p++;
      if (size + FIELDS > out.length) {
        const larger = new Uint32Array(out.length * 2);
        larger.set(out);
        out = larger;
      }
      out[size] = start;
      out[size + 1] = p - start;
      out[size + 2] = was;
      out[size + 3] = is;
      size += FIELDS;
    }
  }
  return out.slice(0, size);
}

/** Hears of every run of pixels that was really changed. */
export type OnChange = (start: number, length: number, before: number, after: number) => void;

/**
 * Undo: pixels that still hold what the runs wrote get back what was there before. Returns how many
 * pixels held something else by now and were left alone.
 */
export function undoRuns(plane: Uint32Array, runs: Runs, onChange: OnChange): number {
  return swapRuns(plane, runs, 3, 2, onChange);
}

/** Redo: pixels that still hold what was there before get what the runs wrote; counts the rest. */
export function redoRuns(plane: Uint32Array, runs: Runs, onChange: OnChange): number {
  return swapRuns(plane, runs, 2, 3, onChange);
}

function swapRuns(plane: Uint32Array, runs: Runs, from: 2 | 3, to: 2 | 3, onChange: OnChange): number {
  let skipped = 0;
  for (let k = 0; k < runs.length; k += FIELDS) {
    const start = runs[k] as number;
    const end = start + (runs[k + 1] as number);
    const expected = runs[k + from] as number;
    const wanted = runs[k + to] as number;
    let p = start;
    while (p < end) {
      if (plane[p] !== expected) {
        skipped++;
        p++;
        continue;
      }
      const first = p;
      while (p < end && plane[p] === expected) p++;
      plane.fill(wanted, first, p);
      onChange(first, p - first, expected, wanted);
    }
  }
  return skipped;
}

/** Write what the runs wrote, whatever is there now: how a journal is played again. */
export function writeRuns(plane: Uint32Array, runs: Runs): void {
  for (let k = 0; k < runs.length; k += FIELDS) {
    const start = runs[k] as number;
    plane.fill(runs[k + 3] as number, start, start + (runs[k + 1] as number));
  }
}

/** The runs with object ids replaced, where objects got other ids. */
export function renumberedRuns(runs: Runs, newByOld: ReadonlyMap<number, number>): Runs {
  const out = runs.slice();
  for (let k = 0; k < out.length; k += FIELDS) {
    for (const place of [k + 2, k + 3]) {
      const renamed = newByOld.get(out[place] as number);
      if (renamed !== undefined) out[place] = renamed;
    }
  }
  return out;
}

/** Give objects other ids in a whole plane. */
export function renumberPlane(plane: Uint32Array, newByOld: ReadonlyMap<number, number>): void {
  for (let p = 0; p < plane.length; p++) {
    const renamed = newByOld.get(plane[p] as number);
    if (renamed !== undefined) plane[p] = renamed;
  }
}

/** The smallest rectangle of the tile that holds every run. */
export function boundsOfRuns(runs: Runs): Rect {
  let [x0, y0, x1, y1] = [TILE_PX, TILE_PX, 0, 0];
  for (let k = 0; k < runs.length; k += FIELDS) {
    const start = runs[k] as number;
    const last = start + (runs[k + 1] as number) - 1;
    const row = Math.floor(start / TILE_PX);
    const lastRow = Math.floor(last / TILE_PX);
    y0 = Math.min(y0, row);
    y1 = Math.max(y1, lastRow + 1);
    if (lastRow > row) {
      x0 = 0;
      x1 = TILE_PX;
    } else {
      x0 = Math.min(x0, start % TILE_PX);
      x1 = Math.max(x1, (last % TILE_PX) + 1);
    }
  }
  return { x0, y0, x1, y1 };
}
