/** Brush and eraser: what the brush covers on its way, circle or square, wider with more pressure. */

import { capsuleSpans, squareSpans } from "../kernels/shapes.ts";
import type { ImagePoint } from "../space.ts";
import { around, type Gesture, type Input, type PointInput, type Tool, type ToolContext } from "./tool.ts";

function radiusOf(input: PointInput, { settings }: ToolContext): number {
  if (!settings.usesPressure || input.pressure <= 0) return settings.radiusPx;
  return settings.radiusPx * (0.25 + 0.75 * Math.min(1, input.pressure));
}

function* stroke(context: ToolContext, start: PointInput, what: "paint" | "erase"): Gesture {
  const { document, settings, image } = context;
  const onSpan = context.spans(context.begin(what));
  const cover = (from: ImagePoint, to: ImagePoint, radius: number): void => {
    const kernel = settings.shape === "circle" ? capsuleSpans : squareSpans;
    kernel(from, to, radius, image, onSpan);
    document.show();
  };
  let last = start.at;
  cover(start.shift ? (context.lastPoint ?? last) : last, last, radiusOf(start, context));
  while (true) {
    const input: Input = yield;
    if (!("at" in input)) continue;
    if (input.kind === "move") {
      cover(last, input.at, radiusOf(input, context));
      last = input.at;
    }
    if (input.kind === "up") {
      context.lastPoint = last;
      return "commit";
    }
  }
}

export const brush: Tool = {
  id: "brush",
  cursor: "brush",
  step: "Brush",
  reach: (at, { settings }) => around(at, settings.radiusPx),
  gesture: (context, start) => stroke(context, start, "paint"),
};

export const eraser: Tool = {
  id: "eraser",
  cursor: "brush",
  step: "Eraser",
  reach: (at, { settings }) => around(at, settings.radiusPx),
  gesture: (context, start) => stroke(context, start, "erase"),
};
