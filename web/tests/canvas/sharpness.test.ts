import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Sharpness } from "../../src/canvas/renderer/sharpness.ts";

const camera = (x: number) => ({ scale: 1, x, y: 0 });

describe("sharpness", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("quick frames are drawn in full", () => {
    const sharpness = new Sharpness(() => {});
    for (let k = 0; k < 50; k++) expect(sharpness.next(camera(k), 16 * k)).toBe(1);
  });

  test("slow movement is drawn with fewer pixels, and in full once it rests", () => {
    const redraw = vi.fn();
    const sharpness = new Sharpness(redraw);
    const end = camera(240);
    const shares = [camera(0), camera(80), camera(160), end].map((c) => sharpness.next(c, c.x));
    expect(shares).toEqual([1, 1, 0.5, 0.5]);
    vi.advanceTimersByTime(200);
    expect(redraw).toHaveBeenCalledOnce();
    expect(sharpness.next(end, 450)).toBe(1);
    expect(sharpness.next(camera(250), 1000)).toBe(0.5);
  });

  test("painting, which leaves the camera where it is, is always drawn in full", () => {
    const sharpness = new Sharpness(() => {});
    const still = camera(3);
    for (let k = 0; k < 20; k++) expect(sharpness.next(still, 90 * k)).toBe(1);
  });
});
