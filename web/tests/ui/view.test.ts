import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tilesIn } from "../../src/pages/curate/privacy/tiled.tsx";
import { viewOf, wholeView, zoomed } from "../../src/pages/curate/privacy/view.ts";

const image = { id: "a", width: 4000, height: 3000, version: "1" };

describe("the part of a picture on screen", () => {
  it("keeps the point under the pointer, unless the picture ends there", () => {
    const at = { x: 2100, y: 1400 };
    const view = zoomed(wholeView(image), at, 0.5, image);
    expect([view.width, view.height]).toEqual([2000, 1500]);
    expect((at.x - view.x) / view.width).toBeCloseTo(at.x / image.width, 9);
    expect((at.y - view.y) / view.height).toBeCloseTo(at.y / image.height, 9);
  });

  it("never shows anything beyond the picture, and has its shape", () => {
    const steps = fc.array(
      fc.record({
        x: fc.integer({ min: 0, max: 4000 }),
        y: fc.integer({ min: 0, max: 3000 }),
        factor: fc.double({ min: 0.3, max: 3, noNaN: true }),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(steps, (zooms) => {
        let view = wholeView(image);
        for (const { x, y, factor } of zooms) view = zoomed(view, { x, y }, factor, image);
        expect(view.x).toBeGreaterThanOrEqual(-1e-6);
        expect(view.y).toBeGreaterThanOrEqual(-1e-6);
        expect(view.x + view.width).toBeLessThanOrEqual(image.width + 1e-6);
        expect(view.y + view.height).toBeLessThanOrEqual(image.height + 1e-6);
        expect(view.width / view.height).toBeCloseTo(4 / 3, 6);
      }),
    );
  });

  it("shows an area whole, with something around it", () => {
    const area = { x: 3900, y: 20, width: 80, height: 120 };
    const view = viewOf(area, image);
    expect(view.x).toBeLessThanOrEqual(area.x);
    expect(view.x + view.width).toBeGreaterThanOrEqual(area.x + area.width);
    expect(view.y + view.height).toBeGreaterThanOrEqual(area.y + area.height);
    expect(view.width).toBeGreaterThan(2 * area.width);
  });

  it("is drawn from tiles only where the thumbnail would be blurred", () => {
    expect(tilesIn(image, wholeView(image), 1000)).toEqual([]);
    expect(tilesIn(image, { x: 512, y: 512, width: 400, height: 300 }, 800)).toEqual([
      { level: 0, row: 1, column: 1 },
    ]);
    expect(
      tilesIn(image, { x: 0, y: 0, width: 2000, height: 1500 }, 1000).every((tile) => tile.level === 1),
    ).toBe(true);
    expect(
      tilesIn({ ...image, width: 960, height: 720 }, { x: 0, y: 0, width: 96, height: 72 }, 800),
    ).toEqual([]);
  });
});
