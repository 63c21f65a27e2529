/**
 * Shapes as spans: which pixels of a row a shape covers. A pixel belongs to a shape if its centre
 * (column + ½, row + ½) does; borders count as inside. Spans are half open and cut to `clip`.
 */

import type { ImagePoint, Rect } from "../space.ts";

/** Hears of every covered span: row, first column, past the last column. */
export type OnSpan = (row: number, first: number, end: number) => void;

/** Whole columns whose centres lie in [left, right], cut to the clip. */
function emit(row: number, left: number, right: number, clip: Rect, onSpan: OnSpan): void {
  const first = Math.max(clip.x0, Math.ceil(left - 0.5));
  const end = Math.min(clip.x1, Math.floor(right - 0.5) + 1);
  if (end > first) onSpan(row, first, end);
}

/** Rows whose centres lie in [top, bottom], cut to the clip. */
function rowsOf(top: number, bottom: number, clip: Rect): [number, number] {
  return [Math.max(clip.y0, Math.ceil(top - 0.5)), Math.min(clip.y1, Math.floor(bottom - 0.5) + 1)];
}

/**
 * Everything within `radius` of the segment from `a` to `b`: what a round brush covers between two
 * moments. A radius below √½ still covers the pixel in which the brush stands.
 */
export function capsuleSpans(a: ImagePoint, b: ImagePoint, radius: number, clip: Rect, onSpan: OnSpan): void {
  const [first, end] = rowsOf(Math.min(a.y, b.y) - radius, Math.max(a.y, b.y) + radius, clip);
  for (let row = first; row < end; row++) {
    const found = capsuleRow(a, b, radius, row + 0.5);
    if (found !== null) emit(row, found[0], found[1], clip, onSpan);
  }
  if (radius < Math.SQRT1_2) {
    for (const p of [a, b]) pixelSpan(p, clip, onSpan);
  }
}

function pixelSpan(p: ImagePoint, clip: Rect, onSpan: OnSpan): void {
  const column = Math.floor(p.x);
  const row = Math.floor(p.y);
  if (row >= clip.y0 && row < clip.y1 && column >= clip.x0 && column < clip.x1)
    onSpan(row, column, column + 1);
}

/** The interval of x that the capsule covers at height y; null if none. The shape is convex. */
function capsuleRow(a: ImagePoint, b: ImagePoint, radius: number, y: number): [number, number] | null {
  let left = Number.POSITIVE_INFINITY;
  let right = Number.NEGATIVE_INFINITY;
  for (const p of [a, b]) {
    const inside = radius * radius - (y - p.y) * (y - p.y);
    if (inside < 0) continue;
    const half = Math.sqrt(inside);
    left = Math.min(left, p.x - half);
    right = Math.max(right, p.x + half);
  }
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const length = Math.hypot(dx, dy);
  if (length > 0) {
    // The two long sides of the rectangle between the caps, and its two ends.
    const nx = (-dy / length) * radius;
    const ny = (dx / length) * radius;
    const corners: ImagePoint[] = [
      { x: a.x + nx, y: a.y + ny },
      { x: b.x + nx, y: b.y + ny },
      { x: b.x - nx, y: b.y - ny },
      { x: a.x - nx, y: a.y - ny },
    ];
    for (let k = 0; k < 4; k++) {
      const p = corners[k] as ImagePoint;
      const q = corners[(k + 1) % 4] as ImagePoint;
      if ((p.y <= y && q.y >= y) || (q.y <= y && p.y >= y)) {
        const x = p.y === q.y ? p.x : p.x + ((y - p.y) / (q.y - p.y)) * (q.x - p.x);
        left = Math.min(left, x);
        right = Math.max(right, x);
      }
    }
  }
  return right < left ? null : [left, right];
}

/**
 * What a square brush of half side `radius` covers between two moments: every square on the way
 * from `a` to `b`.
 */
export function squareSpans(a: ImagePoint, b: ImagePoint, radius: number, clip: Rect, onSpan: OnSpan): void {
  const [first, end] = rowsOf(Math.min(a.y, b.y) - radius, Math.max(a.y, b.y) + radius, clip);
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  for (let row = first; row < end; row++) {
    const y = row + 0.5;
    // Moments t in [0, 1] at which the square reaches this row: |y − (a.y + t·dy)| ≤ radius.
    let from = 0;
    let to = 1;
    if (dy !== 0) {
      const t0 = (y - radius - a.y) / dy;
      const t1 = (y + radius - a.y) / dy;
      from = Math.max(from, Math.min(t0, t1));
      to = Math.min(to, Math.max(t0, t1));
    } else if (Math.abs(y - a.y) > radius) {
      continue;
    }
    if (from > to) continue;
    const x0 = a.x + from * dx;
    const x1 = a.x + to * dx;
    emit(row, Math.min(x0, x1) - radius, Math.max(x0, x1) + radius, clip, onSpan);
  }
  if (radius < 0.5) {
    for (const p of [a, b]) pixelSpan(p, clip, onSpan);
  }
}

/** The rectangle between two corners: every pixel whose centre lies in it. */
export function rectangleSpans(a: ImagePoint, b: ImagePoint, clip: Rect, onSpan: OnSpan): void {
  const [first, end] = rowsOf(Math.min(a.y, b.y), Math.max(a.y, b.y), clip);
  for (let row = first; row < end; row++) {
    emit(row, Math.min(a.x, b.x), Math.max(a.x, b.x), clip, onSpan);
  }
}

/**
 * Rings filled by the even-odd rule: a point is inside if a ray from it crosses the rings an odd
 * number of times, so a ring inside a ring is a hole. A row's crossings are those of its centre
 * line; an edge counts from its upper end (included) to its lower (excluded). A pixel is filled
 * from its crossing on the left (included) to that on the right (excluded).
 */
export function polygonSpans(rings: readonly (readonly ImagePoint[])[], clip: Rect, onSpan: OnSpan): void {
  let top = Number.POSITIVE_INFINITY;
  let bottom = Number.NEGATIVE_INFINITY;
  for (const ring of rings) {
    for (const p of ring) {
      top = Math.min(top, p.y);
      bottom = Math.max(bottom, p.y);
    }
  }
  const [first, end] = rowsOf(top, bottom, clip);
  const crossings: number[] = [];
  for (let row = first; row < end; row++) {
    crossings.length = 0;
    const y = row + 0.5;
    for (const ring of rings) {
      for (let k = 0; k < ring.length; k++) {
        const p = ring[k] as ImagePoint;
        const q = ring[(k + 1) % ring.length] as ImagePoint;
        if (p.y <= y !== q.y <= y) crossings.push(p.x + ((y - p.y) / (q.y - p.y)) * (q.x - p.x));
      }
    }
    crossings.sort((m, n) => m - n);
    for (let k = 0; k + 1 < crossings.length; k += 2) {
      const from = Math.max(clip.x0, Math.ceil((crossings[k] as number) - 0.5));
      const to = Math.min(clip.x1, Math.ceil((crossings[k + 1] as number) - 0.5));
      if (to > from) onSpan(row, from, to);
    }
  }
}
