/** What is chosen in the editor, kept between images and visits. */

import { create } from "zustand";
import type { Choice } from "../../canvas/choice.ts";
import { DEFAULT_LOOK, type Look } from "../../canvas/look.ts";
import type { ToolId, ToolSettings } from "../../canvas/tools/tool.ts";

export const MIN_RADIUS = 0.5;
export const MAX_RADIUS = 300;

const START: Choice = {
  tool: "brush",
  classNumber: 0,
  paintsObjects: false,
  settings: {
    radiusPx: 20,
    shape: "circle",
    superpixelSize: "medium",
    isContiguous: true,
    isSubtracting: false,
    snaps: false,
    usesPressure: true,
  },
  locks: { only: null, protect: new Set() },
  look: DEFAULT_LOOK,
};

const KEY = "townscape.editor";

/** Tool settings outlive the page; what is hidden or locked does not, lest it surprise. */
function remembered(): Choice {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "{}") as { settings?: Partial<ToolSettings> };
    return { ...START, settings: { ...START.settings, ...stored.settings } };
  } catch {
    return START;
  }
}

export const useChoice = create<Choice>(remembered);

useChoice.subscribe(({ settings }, before) => {
  if (settings === before.settings) return;
  try {
    localStorage.setItem(KEY, JSON.stringify({ settings }));
  } catch {
    // A browser that stores nothing starts with the usual settings.
  }
});

export const setLook = (change: Partial<Look>): void =>
  useChoice.setState(({ look }) => ({ look: { ...look, ...change } }));

export const setSettings = (change: Partial<ToolSettings>): void =>
  useChoice.setState(({ settings }) => ({ settings: { ...settings, ...change } }));

let toolBefore: ToolId = "brush";

export function setTool(tool: ToolId): void {
  const before = useChoice.getState().tool;
  if (before !== tool && before !== "eraser") toolBefore = before;
  useChoice.setState({ tool });
}

/** The eraser, or back to what was used before it. */
export function swapEraser(): void {
  setTool(useChoice.getState().tool === "eraser" ? toolBefore : "eraser");
}

export function setClass(classNumber: number): void {
  const { tool } = useChoice.getState();
  useChoice.setState({ classNumber });
  if (tool === "eraser" || tool === "pick") setTool(toolBefore === "pick" ? "brush" : toolBefore);
}

/** Steps of an eighth, so that small brushes change finely and large ones quickly. */
export function resizeBrush(steps: number): void {
  const { radiusPx } = useChoice.getState().settings;
  const next = radiusPx * 1.125 ** steps;
  const rounded = next < 4 ? Math.round(next * 4) / 4 : Math.round(next);
  const moved = rounded === radiusPx ? radiusPx + Math.sign(steps) * (radiusPx < 4 ? 0.25 : 1) : rounded;
  setSettings({ radiusPx: Math.min(MAX_RADIUS, Math.max(MIN_RADIUS, moved)) });
}

export function toggleHidden(number: number): void {
  const hidden = new Set(useChoice.getState().look.hidden);
  if (!hidden.delete(number)) hidden.add(number);
  setLook({ hidden, solo: null });
}

export function toggleSolo(number: number): void {
  const { solo } = useChoice.getState().look;
  setLook({ solo: solo === number ? null : number });
}

export function toggleProtected(number: number): void {
  useChoice.setState(({ locks }) => {
    const protect = new Set(locks.protect);
    if (!protect.delete(number)) protect.add(number);
    return { locks: { ...locks, protect } };
  });
}

/** "Paint only over …": null for anything. */
export const setOnly = (only: ReadonlySet<number> | null): void =>
  useChoice.setState(({ locks }) => ({ locks: { ...locks, only } }));
