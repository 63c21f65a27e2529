/** Superpixel brush: paints every superpixel that the pointer passes. */

import { around, type Gesture, type Input, type PointInput, type Tool, type ToolContext } from "./tool.ts";

const MARGIN_PX = 1;

function* sweep(context: ToolContext, start: PointInput): Gesture {
  const { document, settings, superpixels, image } = context;
  const onSpan = context.spans(context.begin(start.alt ? "erase" : "paint"));
  let last = start.at;
  const paintAt = (x: number, y: number): void => {
    const column = Math.floor(x);
    const row = Math.floor(y);
    if (column < image.x0 || row < image.y0 || column >= image.x1 || row >= image.y1) return;
    superpixels.eachRun(settings.superpixelSize, column, row, onSpan);
  };
  paintAt(last.x, last.y);
  document.show();
  while (true) {
    const input: Input = yield;
    if (!("at" in input)) continue;
    if (input.kind === "up") return "commit";
    if (input.kind !== "move") continue;
    // Every pixel on the way, so that a quick pointer leaves none out.
    const steps = Math.max(
      1,
      Math.ceil(Math.max(Math.abs(input.at.x - last.x), Math.abs(input.at.y - last.y))),
    );
    for (let k = 1; k <= steps; k++) {
      const t = k / steps;
      paintAt(last.x + t * (input.at.x - last.x), last.y + t * (input.at.y - last.y));
    }
    last = input.at;
    document.show();
  }
}

export const superpixel: Tool = {
  id: "superpixel",
  cursor: "cross",
  step: "Superpixels",
  reach: (at) => around(at, MARGIN_PX),
  ready: (at, { superpixels, settings, image }) => {
    const column = Math.min(image.x1 - 1, Math.max(image.x0, Math.floor(at.x)));
    const row = Math.min(image.y1 - 1, Math.max(image.y0, Math.floor(at.y)));
    return superpixels.ready(settings.superpixelSize, column, row);
  },
  gesture: sweep,
};
