/** Keys that do something as long as they are held: Space moves the picture, Tab hides the labels. */

import { useEffect } from "react";
import type { CanvasEngine } from "../../canvas/engine.ts";
import { setLook } from "./choice.ts";

const TAP_MS = 220;
const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]:not([tabindex='-1'])";

export function useHeldKeys(engine: CanvasEngine): void {
  useEffect(() => {
    let tabSince: number | null = null;
    const down = (event: KeyboardEvent): void => {
      const onCanvas = event.target instanceof HTMLCanvasElement;
      if (event.code === "Space" && (onCanvas || event.target === document.body)) {
        event.preventDefault();
        engine.hands.isSpaceHeld = true;
      }
      const isPlain = !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey;
      if (event.code === "Tab" && onCanvas && isPlain) {
        event.preventDefault();
        tabSince ??= performance.now();
        setLook({ isPeeking: true });
      }
    };
    const up = (event: KeyboardEvent): void => {
      if (event.code === "Space") engine.hands.isSpaceHeld = false;
      if (event.code !== "Tab" || tabSince === null) return;
      setLook({ isPeeking: false });
      // A short Tab moves the focus on, as everywhere else.
      if (performance.now() - tabSince < TAP_MS) focusNext(event.target);
      tabSince = null;
    };
    const blur = (): void => {
      engine.hands.isSpaceHeld = false;
      tabSince = null;
      setLook({ isPeeking: false });
    };
    window.addEventListener("keydown", down);
    window.addEventListener("keyup", up);
    window.addEventListener("blur", blur);
    return () => {
      window.removeEventListener("keydown", down);
      window.removeEventListener("keyup", up);
      window.removeEventListener("blur", blur);
    };
  }, [engine]);
}

function focusNext(from: EventTarget | null): void {
  const all = [...document.querySelectorAll<HTMLElement>(FOCUSABLE)].filter(
    (element) => element.offsetParent !== null && !element.hasAttribute("disabled"),
  );
  const at = all.indexOf(from as HTMLElement);
  all[(at + 1) % all.length]?.focus();
}
