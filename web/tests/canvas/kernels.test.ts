import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flood } from "../../src/canvas/kernels/flood.ts";
import { mergeTheirs } from "../../src/canvas/kernels/merge.ts";
import {
  boundsOfRuns,
  diffRuns,
  redoRuns,
  renumberedRuns,
  TILE_AREA,
  TILE_PX,
  undoRuns,
  writeRuns,
} from "../../src/canvas/kernels/runs.ts";
import {
  capsuleSpans,
  type OnSpan,
  polygonSpans,
  rectangleSpans,
  squareSpans,
} from "../../src/canvas/kernels/shapes.ts";
import type { ImagePoint } from "../../src/canvas/space.ts";

const SIDE = 40;
const CLIP = { x0: 0, y0: 0, x1: SIDE, y1: SIDE };
const WHOLE = { x0: 0, y0: 0, x1: TILE_PX, y1: TILE_PX };

const point = fc.record({
  x: fc.double({ min: -10, max: 50, noNaN: true }),
  y: fc.double({ min: -10, max: 50, noNaN: true }),
});

/** A mask of the clip, and a check that spans stay inside it and never overlap. */
function draw(paint: (onSpan: OnSpan) => void): Uint8Array {
  const mask = new Uint8Array(SIDE * SIDE);
  paint((row, first, end) => {
    expect(row).toBeGreaterThanOrEqual(0);
    expect(row).toBeLessThan(SIDE);
    expect(first).toBeGreaterThanOrEqual(0);
    expect(end).toBeLessThanOrEqual(SIDE);
    expect(end).toBeGreaterThan(first);
    mask.fill(1, row * SIDE + first, row * SIDE + end);
  });
  return mask;
}

/** Every pixel whose centre `isInside` says yes to; those within a hair of the border may be either. */
function expectMask(mask: Uint8Array, distanceInside: (x: number, y: number) => number): void {
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const inside = distanceInside(column + 0.5, row + 0.5);
      if (Math.abs(inside) < 1e-9) continue;
      expect(mask[row * SIDE + column], `pixel ${column}, ${row}`).toBe(inside > 0 ? 1 : 0);
    }
  }
}

function distanceToSegment(a: ImagePoint, b: ImagePoint, x: number, y: number): number {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const squared = dx * dx + dy * dy;
  const t = squared === 0 ? 0 : Math.min(1, Math.max(0, ((x - a.x) * dx + (y - a.y) * dy) / squared));
  return Math.hypot(x - a.x - t * dx, y - a.y - t * dy);
}

describe("shapes cover the pixels whose centres they hold", () => {
  test("round brush", () => {
    fc.assert(
      fc.property(point, point, fc.double({ min: 1, max: 15, noNaN: true }), (a, b, radius) => {
        const mask = draw((onSpan) => capsuleSpans(a, b, radius, CLIP, onSpan));
        expectMask(mask, (x, y) => radius - distanceToSegment(a, b, x, y));
      }),
    );
  });

  test("square brush", () => {
    fc.assert(
      fc.property(point, point, fc.double({ min: 1, max: 15, noNaN: true }), (a, b, radius) => {
        const mask = draw((onSpan) => squareSpans(a, b, radius, CLIP, onSpan));
        // Inside at some moment t: both |x − x(t)| ≤ r and |y − y(t)| ≤ r; found by fine stepping.
        for (let row = 0; row < SIDE; row += 3) {
          for (let column = 0; column < SIDE; column += 3) {
            let nearest = Number.POSITIVE_INFINITY;
            for (let k = 0; k <= 400; k++) {
              const t = k / 400;
              const away = Math.max(
                Math.abs(column + 0.5 - a.x - t * (b.x - a.x)),
                Math.abs(row + 0.5 - a.y - t * (b.y - a.y)),
              );
              nearest = Math.min(nearest, away);
            }
            const step = Math.max(Math.abs(b.x - a.x), Math.abs(b.y - a.y)) / 400 + 1e-9;
            if (nearest < radius - step) expect(mask[row * SIDE + column]).toBe(1);
            if (nearest > radius + step) expect(mask[row * SIDE + column]).toBe(0);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  test("a brush of one pixel always paints the pixel that it stands in", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 39.99, noNaN: true }),
        fc.double({ min: 0, max: 39.99, noNaN: true }),
        (x, y) => {
          for (const kernel of [capsuleSpans, squareSpans]) {
            const mask = draw((onSpan) => kernel({ x, y }, { x, y }, 0.4, CLIP, onSpan));
            expect(mask[Math.floor(y) * SIDE + Math.floor(x)]).toBe(1);
          }
        },
      ),
    );
  });

  test("rectangle", () => {
    fc.assert(
      fc.property(point, point, (a, b) => {
        const mask = draw((onSpan) => rectangleSpans(a, b, CLIP, onSpan));
        expectMask(mask, (x, y) =>
          Math.min(
            x - Math.min(a.x, b.x),
            Math.max(a.x, b.x) - x,
            y - Math.min(a.y, b.y),
            Math.max(a.y, b.y) - y,
          ),
        );
      }),
    );
  });

  test("polygons follow the even-odd rule, holes and crossings included", () => {
    const ring = fc.array(point, { minLength: 3, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(ring, { minLength: 1, maxLength: 3 }), (rings) => {
        const mask = draw((onSpan) => polygonSpans(rings, CLIP, onSpan));
        for (let row = 0; row < SIDE; row++) {
          for (let column = 0; column < SIDE; column++) {
            const x = column + 0.5;
            const y = row + 0.5;
            // An independent reference: crossings of a ray to the left, edge by edge.
            let crossings = 0;
            let isOnEdge = false;
            for (const points of rings) {
              points.forEach((p, k) => {
                const q = points[(k + 1) % points.length] as ImagePoint;
                isOnEdge ||= distanceToSegment(p, q, x, y) < 1e-7;
                const [upper, lower] = p.y < q.y ? [p, q] : [q, p];
                if (upper.y > y || lower.y <= y) return;
                const side = (lower.x - upper.x) * (y - upper.y) - (lower.y - upper.y) * (x - upper.x);
                if (side < 0) crossings++;
              });
            }
            if (!isOnEdge) expect(mask[row * SIDE + column]).toBe(crossings % 2);
          }
        }
      }),
    );
  });

  test("two polygons that share a border leave no gap and do not overlap", () => {
    fc.assert(
      fc.property(fc.array(point, { minLength: 2, maxLength: 6 }), (border) => {
        const left = [{ x: -20, y: -20 }, ...border, { x: -20, y: 60 }];
        const right = [{ x: 60, y: -20 }, { x: -20, y: -20 }, ...border, { x: -20, y: 60 }, { x: 60, y: 60 }];
        const a = draw((onSpan) => polygonSpans([left], CLIP, onSpan));
        const b = draw((onSpan) => polygonSpans([right], CLIP, onSpan));
        for (let p = 0; p < a.length; p++) expect((a[p] as number) + (b[p] as number)).toBe(1);
      }),
    );
  });
});

describe("flood fill", () => {
  const grid = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 400, maxLength: 400 });

  test("fills exactly what hangs together with the seed", () => {
    fc.assert(
      fc.property(grid, fc.nat(19), fc.nat(19), (cells, column, row) => {
        const clip = { x0: 5, y0: 7, x1: 25, y1: 27 };
        const rows = Array.from({ length: 20 }, (_, k) => Uint8Array.from(cells.slice(k * 20, k * 20 + 20)));
        const filled = new Set<number>();
        const result = flood(
          (y) => rows[y - 7] as Uint8Array,
          column + 5,
          row + 7,
          clip,
          (y, first, end) => {
            for (let x = first; x < end; x++) {
              expect(filled.has((y - 7) * 20 + x - 5)).toBe(false);
              filled.add((y - 7) * 20 + x - 5);
            }
          },
        );
        const expected = new Set<number>();
        const waiting = cells[row * 20 + column] === 1 ? [row * 20 + column] : [];
        while (waiting.length > 0) {
          const p = waiting.pop() as number;
          if (expected.has(p) || cells[p] !== 1) continue;
          expected.add(p);
          if (p % 20 > 0) waiting.push(p - 1);
          if (p % 20 < 19) waiting.push(p + 1);
          if (p >= 20) waiting.push(p - 20);
          if (p < 380) waiting.push(p + 20);
        }
        expect(filled).toEqual(expected);
        expect(result.pixels).toBe(expected.size);
        expect(result.touches.left).toBe([...expected].some((p) => p % 20 === 0));
        expect(result.touches.bottom).toBe([...expected].some((p) => p >= 380));
      }),
    );
  });
});

describe("runs", () => {
  const edit = fc.record({
    start: fc.nat(TILE_AREA - 1),
    length: fc.integer({ min: 1, max: 900 }),
    value: fc.nat(5),
  });
  const edits = fc.array(edit, { maxLength: 12 });

  function plane(changes: { start: number; length: number; value: number }[]): Uint32Array {
    const out = new Uint32Array(TILE_AREA);
    for (const { start, length, value } of changes) out.fill(value, start, start + length);
    return out;
  }

  test("undo∘do and redo∘undo change nothing", () => {
    fc.assert(
      fc.property(edits, edits, (first, second) => {
        const before = plane(first);
        const after = plane([...first, ...second]);
        const runs = diffRuns(before, after, WHOLE);
        const now = after.slice();
        expect(undoRuns(now, runs, () => {})).toBe(0);
        expect(now).toEqual(before);
        expect(redoRuns(now, runs, () => {})).toBe(0);
        expect(now).toEqual(after);
        const played = before.slice();
        writeRuns(played, runs);
        expect(played).toEqual(after);
      }),
      { numRuns: 30 },
    );
  });

  test("undo leaves pixels alone that somebody painted meanwhile, and counts them", () => {
    fc.assert(
      fc.property(edits, edits, edits, (first, second, others) => {
        const before = plane(first);
        const after = plane([...first, ...second]);
        const runs = diffRuns(before, after, WHOLE);
        const now = after.slice();
        for (const { start, length, value } of others) now.fill(value + 100, start, start + length);
        const painted = now.slice();
        let expectedSkipped = 0;
        for (let p = 0; p < TILE_AREA; p++) {
          if (before[p] !== after[p] && painted[p] !== after[p]) expectedSkipped++;
        }
        const changed = new Set<number>();
        const skipped = undoRuns(now, runs, (start, length) => {
          for (let p = start; p < start + length; p++) changed.add(p);
        });
        expect(skipped).toBe(expectedSkipped);
        for (let p = 0; p < TILE_AREA; p++) {
          const mine = before[p] !== after[p] && painted[p] === after[p];
          if (now[p] !== (mine ? before[p] : painted[p]) || changed.has(p) !== mine) {
            throw new Error(`pixel ${p}`);
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  test("bounds hold every run, and ids are replaced without touching the original", () => {
    const before = new Uint32Array(TILE_AREA);
    const after = before.slice().fill(70_000, 513 * 5, 513 * 5 + 1000);
    const runs = diffRuns(before, after, WHOLE);
    expect(boundsOfRuns(runs)).toEqual({ x0: 0, y0: 5, x1: 512, y1: 7 });
    const renamed = renumberedRuns(runs, new Map([[70_000, 70_001]]));
    expect(renamed[3]).toBe(70_001);
    expect(runs[3]).toBe(70_000);
  });
});

describe("merge", () => {
  const small = fc.array(fc.nat(3), { minLength: 64, maxLength: 64 }).map((v) => Uint32Array.from(v));

  test("takes what one side changed, keeps ours where both did, and counts those", () => {
    fc.assert(
      fc.property(small, small, small, (base, theirs, ours) => {
        const merged = ours.slice();
        const places: number[] = [];
        const { conflicts, isOurs } = mergeTheirs(base, theirs, merged, (p) => places.push(p));
        for (let p = 0; p < 64; p++) {
          const both = ours[p] !== base[p] && theirs[p] !== base[p] && ours[p] !== theirs[p];
          expect(merged[p]).toBe(ours[p] === base[p] ? theirs[p] : ours[p]);
          expect(places.includes(p)).toBe(both);
        }
        expect(conflicts).toBe(places.length);
        expect(isOurs).toBe(merged.some((v, p) => v !== theirs[p]));
      }),
    );
  });
});
