/**
 * Polygon: click by click, or drawn freely with the button held; closed on its first point, by a
 * double click or Enter. Shift while closing keeps it open for another ring: a hole.
 */

import { polygonSpans } from "../kernels/shapes.ts";
import { snapToBorder } from "../kernels/snap.ts";
import type { ImagePoint } from "../space.ts";
import { around, type Gesture, type Input, type PointInput, type Tool, type ToolContext } from "./tool.ts";

const CLOSE_PX = 9;
const SNAP_PX = 9;
const FREEHAND_PX = 4;

function snapped(at: ImagePoint, context: ToolContext): ImagePoint {
  if (!context.settings.snaps) return at;
  const { document } = context;
  return snapToBorder(at, SNAP_PX / context.scale(), (x, y) => document.segmentAt(x, y));
}

function* outline(context: ToolContext, start: PointInput): Gesture {
  const rings: ImagePoint[][] = [];
  let ring: ImagePoint[] = [snapped(start.at, context)];
  let isHeld = true;
  const isNearFirst = (at: ImagePoint): boolean => {
    const first = ring[0] as ImagePoint;
    return ring.length >= 3 && Math.hypot(at.x - first.x, at.y - first.y) * context.scale() <= CLOSE_PX;
  };
  const show = (pointer: ImagePoint): void => {
    const points = [...rings.flatMap((r) => [...r, r[0] as ImagePoint]), ...ring, pointer];
    context.sketch({ kind: "path", points, isClosed: false, closes: isNearFirst(pointer) });
  };
  const finish = (alt: boolean): "commit" | "cancel" => {
    context.sketch(null);
    const whole = [...rings, ring].filter((points) => points.length >= 3);
    if (whole.length === 0) return "cancel";
    const erases = context.settings.isSubtracting !== alt;
    const segment = context.begin(erases ? "erase" : "paint");
    polygonSpans(whole, context.image, context.spans(segment));
    return "commit";
  };
  const nextRing = (): void => {
    rings.push(ring);
    ring = [];
    context.say("Now outline a hole (or another part); close it to finish.");
  };
  show(start.at);
  while (true) {
    const input: Input = yield;
    if (input.kind === "backspace") {
      ring.pop();
      if (ring.length === 0 && rings.length > 0) ring = rings.pop() as ImagePoint[];
      if (ring.length === 0) {
        context.sketch(null);
        return "cancel";
      }
      show(ring.at(-1) as ImagePoint);
      continue;
    }
    if (input.kind === "enter") {
      if (input.shift && ring.length >= 3) nextRing();
      else return finish(input.alt);
      continue;
    }
    if (input.kind === "up") isHeld = false;
    if (input.kind === "move") {
      const last = ring.at(-1);
      const away = last === undefined ? 0 : Math.hypot(input.at.x - last.x, input.at.y - last.y);
      if (isHeld && away * context.scale() >= FREEHAND_PX) ring.push(snapped(input.at, context));
      show(input.at);
    }
    if (input.kind === "down") {
      isHeld = true;
      if (isNearFirst(input.at)) {
        if (!input.shift) return finish(input.alt);
        nextRing();
        isHeld = false;
      } else {
        ring.push(snapped(input.at, context));
      }
      show(input.at);
    }
    if (input.kind === "double" && ring.length >= 3) {
      if (!input.shift) return finish(input.alt);
      nextRing();
    }
  }
}

export const polygon: Tool = {
  id: "polygon",
  cursor: "cross",
  step: "Polygon",
  reach: (at) => around(at, 1),
  gesture: outline,
};
