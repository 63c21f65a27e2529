import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Area,
  boxBetween,
  grownBy,
  middleBox,
  movedBy,
  without,
} from "../../src/pages/curate/privacy/areas.ts";

const frame = { width: 960, height: 720 };
const face: Area = {
  id: "a",
  x: 100,
  y: 50,
  width: 40,
  height: 60,
  kind: "face",
  score: 0.4,
  by: "centerface",
  keep: true,
};
const step = fc.double({ min: -3000, max: 3000, noNaN: true });

const isInside = ({ x, y, width, height }: Pick<Area, "x" | "y" | "width" | "height">): boolean =>
  x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= frame.width && y + height <= frame.height;

describe("areas to fill", () => {
  it("never leave the picture, and are whole pixels", () => {
    fc.assert(
      fc.property(step, step, step, step, (a, b, c, d) => {
        for (const found of [
          movedBy(face, a, b, frame),
          grownBy(movedBy(face, a, b, frame), c, d, frame),
          boxBetween({ x: a, y: b }, { x: c, y: d }, frame),
        ]) {
          expect(isInside(found)).toBe(true);
          expect([found.x, found.y, found.width, found.height].every(Number.isInteger)).toBe(true);
        }
      }),
    );
  });

  it("keep their size when they are moved", () => {
    fc.assert(
      fc.property(step, step, (a, b) => {
        const { width, height } = movedBy(face, a, b, frame);
        expect([width, height]).toEqual([40, 60]);
      }),
    );
  });

  it("drawn from any corner are the same box", () => {
    const [a, b] = [
      { x: 10, y: 20 },
      { x: 110, y: 80 },
    ];
    const box = { x: 10, y: 20, width: 100, height: 60 };
    expect(boxBetween(a, b, frame)).toEqual(box);
    expect(boxBetween(b, a, frame)).toEqual(box);
    expect(boxBetween({ x: a.x, y: b.y }, { x: b.x, y: a.y }, frame)).toEqual(box);
    expect(isInside(middleBox(frame))).toBe(true);
  });

  it("that were found stay on record when they are taken away, drawn ones do not", () => {
    const drawn = { ...face, id: "b", kind: "added" as const };
    expect(without([face, drawn], "a")).toEqual([{ ...face, keep: false }, drawn]);
    expect(without([face, drawn], "b")).toEqual([face]);
  });
});
