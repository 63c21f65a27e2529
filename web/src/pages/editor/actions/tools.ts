/** Choosing and setting tools, and painting without a gesture. */

import type { Action } from "../../../actions/action.ts";
import type { CanvasEngine } from "../../../canvas/engine.ts";
import type { ToolId } from "../../../canvas/tools/tool.ts";
import { notifyProblem } from "../../../ui/notices.tsx";
import {
  resizeBrush,
  setClass,
  setSettings,
  setTool,
  swapEraser,
  toggleProtected,
  useChoice,
} from "../choice.ts";
import { say } from "../status.ts";

export const TOOL_NAMES: Readonly<Record<ToolId, { readonly title: string; readonly key: string }>> = {
  pan: { title: "Pan", key: "KeyH" },
  brush: { title: "Brush", key: "KeyB" },
  eraser: { title: "Eraser", key: "KeyR" },
  polygon: { title: "Polygon", key: "KeyP" },
  rectangle: { title: "Rectangle", key: "KeyM" },
  fill: { title: "Fill", key: "KeyF" },
  superpixel: { title: "Superpixels", key: "KeyS" },
  pick: { title: "Pick class", key: "KeyI" },
};

export function toolActions(): Action[] {
  const tools = (Object.keys(TOOL_NAMES) as ToolId[]).map((tool) => ({
    id: `tool ${tool}`,
    title: TOOL_NAMES[tool].title,
    group: "Tools",
    keys: [TOOL_NAMES[tool].key],
    run: () => setTool(tool),
    isOn: () => useChoice.getState().tool === tool,
  }));
  return [
    ...tools,
    { id: "swap eraser", title: "Eraser and back", group: "Tools", keys: ["KeyX"], run: swapEraser },
    {
      id: "smaller",
      title: "Smaller brush",
      group: "Tools",
      keys: ["BracketLeft"],
      run: () => resizeBrush(-1),
    },
    {
      id: "larger",
      title: "Larger brush",
      group: "Tools",
      keys: ["BracketRight"],
      run: () => resizeBrush(1),
    },
    {
      id: "shape",
      title: "Round or square brush",
      group: "Tools",
      keys: ["KeyQ"],
      run: () =>
        setSettings({ shape: useChoice.getState().settings.shape === "circle" ? "square" : "circle" }),
    },
    {
      id: "superpixel size",
      title: "Next superpixel size",
      group: "Tools",
      keys: [],
      run: () => {
        const sizes = ["small", "medium", "large"] as const;
        const at = sizes.indexOf(useChoice.getState().settings.superpixelSize);
        setSettings({ superpixelSize: sizes[(at + 1) % 3] as (typeof sizes)[number] });
      },
    },
    {
      id: "contiguous",
      title: "Fill: what hangs together, or everything alike",
      group: "Tools",
      keys: [],
      run: () => setSettings({ isContiguous: !useChoice.getState().settings.isContiguous }),
      isOn: () => useChoice.getState().settings.isContiguous,
    },
    {
      id: "snap",
      title: "Polygon snaps to borders",
      group: "Tools",
      keys: [],
      run: () => setSettings({ snaps: !useChoice.getState().settings.snaps }),
      isOn: () => useChoice.getState().settings.snaps,
    },
    {
      id: "subtract",
      title: "Polygon and rectangle take away",
      group: "Tools",
      keys: [],
      run: () => setSettings({ isSubtracting: !useChoice.getState().settings.isSubtracting }),
      isOn: () => useChoice.getState().settings.isSubtracting,
    },
  ];
}

export function paintActions(engine: CanvasEngine): Action[] {
  return [
    {
      id: "fill unlabelled",
      title: "Fill unlabelled with the class",
      group: "Paint",
      keys: ["Shift+KeyF"],
      run: () => void engine.fillUnlabelled().catch(notifyProblem),
    },
    {
      id: "object mode",
      title: "Paint objects, one per group of strokes",
      group: "Paint",
      keys: ["KeyO"],
      run: () => useChoice.setState(({ paintsObjects }) => ({ paintsObjects: !paintsObjects })),
      isOn: () => useChoice.getState().paintsObjects,
    },
    {
      id: "new object",
      title: "Begin a new object",
      group: "Paint",
      keys: ["KeyN"],
      run: () => {
        engine.hands.beginNewObject();
        say("The next stroke begins a new object.");
      },
    },
    {
      id: "protect",
      title: "Protect the chosen class",
      group: "Paint",
      keys: ["KeyL"],
      run: () => toggleProtected(useChoice.getState().classNumber),
    },
    {
      id: "unlabelled class",
      title: "Choose “unlabelled”",
      group: "Paint",
      keys: ["KeyU"],
      run: () => setClass(0),
    },
    {
      id: "ignore class",
      title: "Choose “ignore”",
      group: "Paint",
      keys: ["Digit0"],
      run: () => setClass(65_535),
    },
  ];
}
