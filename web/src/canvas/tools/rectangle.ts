/** Rectangle: from corner to corner. */

import { rectangleSpans } from "../kernels/shapes.ts";
import { around, type Gesture, type Input, type PointInput, type Tool, type ToolContext } from "./tool.ts";

function* box(context: ToolContext, start: PointInput): Gesture {
  let corner = start.at;
  while (true) {
    const input: Input = yield;
    if (!("at" in input)) continue;
    corner = input.at;
    context.sketch({ kind: "rectangle", points: [start.at, corner], isClosed: true, closes: false });
    if (input.kind !== "up") continue;
    context.sketch(null);
    const erases = context.settings.isSubtracting !== input.alt;
    const segment = context.begin(erases ? "erase" : "paint");
    rectangleSpans(start.at, corner, context.image, context.spans(segment));
    return "commit";
  }
}

export const rectangle: Tool = {
  id: "rectangle",
  cursor: "cross",
  step: "Rectangle",
  reach: (at) => around(at, 1),
  gesture: box,
};
