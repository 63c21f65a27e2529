import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linesIn, stepOf } from "../../src/ui/graticule.ts";

describe("the grid of a map without ground", () => {
  it("has lines at round degrees, named as people read them", () => {
    const lines = linesIn({ west: 13.3, south: 52.4, east: 13.5, north: 52.6 });
    expect(lines.filter((line) => line.axis === "longitude").map((line) => line.label)).toEqual([
      "13.30° E",
      "13.35° E",
      "13.40° E",
      "13.45° E",
      "13.50° E",
    ]);
    expect(lines.find((line) => line.axis === "latitude")?.label).toBe("52.40° N");
  });

  it("names the equator and the meridian without a side, and goes on behind the antimeridian", () => {
    const labels = linesIn({ west: -1, south: -1, east: 1, north: 1 }).map((line) => line.label);
    expect(labels).toContain("0.0°");
    expect(labels).toContain("0.5° W");
    expect(labels).toContain("0.5° S");
    expect(linesIn({ west: 178, south: 0, east: 182, north: 1 }).map((line) => line.label)).toContain(
      "179° W",
    );
  });

  it("never has many lines or none, at any scale", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-4, max: 170, noNaN: true }),
        fc.double({ min: -80, max: 60, noNaN: true }),
        (span, west) => {
          const bounds = { west, south: -span / 2, east: west + span, north: span / 2 };
          const n = linesIn(bounds).filter((line) => line.axis === "longitude").length;
          expect(n).toBeGreaterThanOrEqual(2);
          expect(n).toBeLessThanOrEqual(8);
          expect(stepOf(span)).toBeGreaterThan(0);
        },
      ),
    );
  });
});
