/** Move the picture. */

import { around, type Gesture, type Input, type PointInput, type Tool, type ToolContext } from "./tool.ts";

function* drag(context: ToolContext, start: PointInput): Gesture {
  let last = start.screen;
  while (true) {
    const input: Input = yield;
    if (!("at" in input)) continue;
    if (input.kind === "up") return "cancel";
    if (input.kind !== "move") continue;
    context.pan(input.screen.x - last.x, input.screen.y - last.y);
    last = input.screen;
  }
}

export const pan: Tool = {
  id: "pan",
  cursor: "hand",
  step: "Pan",
  reach: (at) => around(at, 0),
  gesture: drag,
};
