/** The actions that can be done now: those of the frame, and those of the page that is open. */

import { useEffect } from "react";
import { tinykeys } from "tinykeys";
import { create } from "zustand";
import type { Action } from "./action.ts";

interface Store {
  readonly byOwner: ReadonlyMap<string, readonly Action[]>;
}

export const useActions = create<Store>(() => ({ byOwner: new Map() }));

export const allActions = (store: Store): Action[] => [...store.byOwner.values()].flat();

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !["checkbox", "radio", "range", "button"].includes(target.type)));

/** Whether a key belongs to what has the focus: a button's Space, a slider's arrows, a dialog. */
function belongsToFocus(event: KeyboardEvent): boolean {
  const { target, key } = event;
  if (isTyping(target)) return true;
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest("[role=dialog], [role=menu], [role=listbox]")) return true;
  const isPress = key === "Enter" || key === " ";
  if (isPress && target.closest("button, a, [role=button], [role=radio], [role=switch], input")) return true;
  const isArrow = key.startsWith("Arrow");
  return isArrow && target.closest("input, [role=slider], [role=radiogroup], [role=tablist]") !== null;
}

/** Offer actions while the caller is on screen, with their shortcuts. */
export function useOffered(owner: string, actions: readonly Action[]): void {
  useEffect(() => {
    useActions.setState(({ byOwner }) => ({ byOwner: new Map(byOwner).set(owner, actions) }));
    const bindings: Record<string, (event: KeyboardEvent) => void> = {};
    for (const action of actions) {
      for (const keys of action.keys) {
        bindings[keys] = (event) => {
          if (!action.isGlobal && belongsToFocus(event)) return;
          if (action.isEnabled && !action.isEnabled()) return;
          event.preventDefault();
          action.run();
        };
      }
    }
    const stop = tinykeys(window, bindings);
    return () => {
      stop();
      useActions.setState(({ byOwner }) => {
        const rest = new Map(byOwner);
        rest.delete(owner);
        return { byOwner: rest };
      });
    };
  }, [owner, actions]);
}
