/** Choose the class (or object) under the pointer. */

import { around, type Gesture, type PointInput, type Tool, type ToolContext } from "./tool.ts";

// biome-ignore lint/correctness/useYield: a gesture of a single moment
function* choose(context: ToolContext, start: PointInput): Gesture {
  context.pick(context.document.segmentAt(Math.floor(start.at.x), Math.floor(start.at.y)));
  return "cancel";
}

export const pick: Tool = {
  id: "pick",
  cursor: "pick",
  step: "Pick",
  reach: (at) => around(at, 1),
  gesture: choose,
};
