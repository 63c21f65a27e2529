/** Painting without a mouse. */

import type { Action } from "../../../actions/action.ts";
import type { CanvasEngine } from "../../../canvas/engine.ts";

export function keyboardActions(engine: CanvasEngine): Action[] {
  const moves = [
    ["ArrowLeft", -1, 0, "left"],
    ["ArrowRight", 1, 0, "right"],
    ["ArrowUp", 0, -1, "up"],
    ["ArrowDown", 0, 1, "down"],
  ] as const;
  return [
    ...moves.map(([key, dx, dy, where]) => ({
      id: `pointer ${where}`,
      title: `Move the pointer ${where}`,
      group: "Without a mouse",
      keys: [key],
      run: () => engine.hands.moveKeyPointer(dx, dy, false),
    })),
    ...moves.map(([key, dx, dy, where]) => ({
      id: `pointer far ${where}`,
      title: `Move the pointer far ${where}`,
      group: "Without a mouse",
      keys: [`Shift+${key}`],
      run: () => engine.hands.moveKeyPointer(dx, dy, true),
    })),
    ...moves.map(([key, dx, dy, where]) => ({
      id: `pan ${where}`,
      title: `Move the picture ${where}`,
      group: "Without a mouse",
      keys: [`Alt+${key}`],
      run: () => engine.viewport.panBy(-60 * dx, -60 * dy),
    })),
    {
      id: "press",
      title: "Begin or end a stroke at the pointer",
      group: "Without a mouse",
      keys: ["KeyT"],
      run: () => engine.hands.pressKeyPointer(),
    },
    {
      id: "close shape",
      title: "Close the polygon",
      group: "Without a mouse",
      keys: ["Enter"],
      run: () => {
        engine.hands.pressKey("enter", false, false);
      },
    },
    {
      id: "close ring",
      title: "Close the ring and begin a hole",
      group: "Without a mouse",
      keys: ["Shift+Enter"],
      run: () => {
        engine.hands.pressKey("enter", true, false);
      },
    },
    {
      id: "remove point",
      title: "Take the last point back",
      group: "Without a mouse",
      keys: ["Backspace"],
      run: () => {
        engine.hands.pressKey("backspace", false, false);
      },
    },
  ];
}
