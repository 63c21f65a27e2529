/** What the canvas tells: where it stands, shown around it. Changes often, so it is a store of its own. */

import { create } from "zustand";
import type { ImagePoint } from "../../canvas/space.ts";
import type { SyncState } from "../../canvas/sync/sync.ts";

export interface Status {
  readonly sync: SyncState;
  readonly undo: string | null;
  readonly redo: string | null;
  readonly pixelsByClass: ReadonlyMap<number, number>;
  readonly labelledShare: number;
  readonly pointer: ImagePoint | null;
  readonly segment: number;
  readonly scale: number;
  readonly canPaint: boolean;
  readonly message: string;
  readonly conflicts: number;
  readonly objects: number;
  readonly savedRevision: number;
}

const START: Status = {
  sync: { kind: "saved" },
  undo: null,
  redo: null,
  pixelsByClass: new Map(),
  labelledShare: 0,
  pointer: null,
  segment: 0,
  scale: 1,
  canPaint: true,
  message: "",
  conflicts: 0,
  objects: 0,
  savedRevision: 0,
};

export const useStatus = create<Status>(() => START);

export const resetStatus = (): void => useStatus.setState(START);

let timer: ReturnType<typeof setTimeout> | null = null;
const SHOWN_MS = 6000;

/** A line that goes by itself. */
export function say(message: string): void {
  useStatus.setState({ message });
  if (timer !== null) clearTimeout(timer);
  timer = setTimeout(() => useStatus.setState({ message: "" }), SHOWN_MS);
}
