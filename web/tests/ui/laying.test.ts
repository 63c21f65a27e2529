import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layingOf } from "../../src/pages/curate/duplicates/laying.ts";

const numbers = (matrix: string): number[] =>
  matrix
    .slice(7, -1)
    .split(" ")
    .map((part) => Number(part));

const first = { width: 480, height: 360 };

describe("laying one picture over another", () => {
  it("puts a picture of half the size exactly over the whole one", () => {
    // Centres: 0 → -0.25, 479 → 239.25; so edges go from 0 to 240.
    const detail = {
      transform: [
        [0.5, 0, -0.25],
        [0, 0.5, -0.25],
      ],
    };
    const { matrix, viewBox } = layingOf(first, { width: 240, height: 180 }, detail);
    expect(numbers(matrix)).toEqual([0.5, 0, 0, 0.5, 0, 0]);
    expect(viewBox).toBe("0 0 240 180");
  });

  it("mirrors before it moves", () => {
    const detail = {
      transform: [
        [1, 0, 10],
        [0, 1, 0],
      ],
      flipped: true,
    };
    const [a, b, c, d, e, f] = numbers(layingOf(first, first, detail).matrix) as [number, ...number[]];
    // The left edge of the first is its right edge mirrored, and then goes 10 to the right.
    expect([a * 0 + (c ?? 0) * 0 + (e ?? 0), (b ?? 0) * 0 + (d ?? 0) * 7 + (f ?? 0)]).toEqual([490, 7]);
    expect(a * 480 + (e ?? 0)).toBe(10);
  });

  it("shows both pictures whole, whatever the transform", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -0.5, max: 0.5, noNaN: true }),
        fc.double({ min: 0.3, max: 3, noNaN: true }),
        fc.boolean(),
        (angle, scale, flipped) => {
          const [cos, sin] = [scale * Math.cos(angle), scale * Math.sin(angle)];
          const transform = [
            [cos, -sin, 30],
            [sin, cos, -20],
          ];
          const second = { width: 500, height: 300 };
          const { matrix, viewBox } = layingOf(first, second, { transform, flipped });
          const [a, b, c, d, e, f] = numbers(matrix) as [number, number, number, number, number, number];
          const [left, top, width, height] = viewBox.split(" ").map(Number) as [
            number,
            number,
            number,
            number,
          ];
          for (const [x, y] of [
            [0, 0],
            [480, 0],
            [0, 360],
            [480, 360],
          ] as const) {
            expect(a * x + c * y + e).toBeGreaterThanOrEqual(left - 1e-6);
            expect(a * x + c * y + e).toBeLessThanOrEqual(left + width + 1e-6);
            expect(b * x + d * y + f).toBeGreaterThanOrEqual(top - 1e-6);
            expect(b * x + d * y + f).toBeLessThanOrEqual(top + height + 1e-6);
          }
          expect(Math.abs(a * d - b * c)).toBeCloseTo(scale * scale, 6);
          expect(a * d - b * c < 0).toBe(flipped);
        },
      ),
    );
  });

  it("lays pictures without a transform corner on corner", () => {
    const { matrix } = layingOf(first, { width: 960, height: 720 }, {});
    expect(numbers(matrix)).toEqual([2, 0, 0, 2, 0, 0]);
  });
});
