/** From the browser's events to what tools understand, and to moving and zooming the picture. */

import { type Camera, imageFromScreen, type ScreenPoint, zoomAt } from "./space.ts";
import type { Input } from "./tools/tool.ts";

export interface InputEvents {
  /** The pointer did something that a tool should hear of. */
  input(input: Input): void;
  hover(screen: ScreenPoint | null): void;
  camera(camera: Camera): void;
  resizeBrush(steps: number): void;
  splitDragged(share: number): void;
}

export interface InputState {
  readonly camera: () => Camera;
  readonly limits: () => { min: number; max: number };
  /** Space is held, or the pan tool is chosen. */
  readonly isPanning: () => boolean;
  /** Screen x of the line between two compared labels; null if there is none. */
  readonly splitX: () => number | null;
}

const WHEEL_ZOOM = 1.0015;
const SPLIT_GRAB_PX = 8;

/** Listen to an element; returns how to stop. */
export function listen(element: HTMLElement, state: InputState, events: InputEvents): () => void {
  const touches = new Map<number, ScreenPoint>();
  let mode: "none" | "tool" | "pan" | "pinch" | "split" = "none";
  let last: ScreenPoint = { x: 0, y: 0 };

  const screenOf = (event: MouseEvent): ScreenPoint => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  const tell = (kind: "down" | "move" | "up" | "double", event: PointerEvent | MouseEvent): void => {
    const screen = screenOf(event);
    const isPen = event instanceof PointerEvent && event.pointerType === "pen";
    events.input({
      kind,
      at: imageFromScreen(state.camera(), screen),
      screen,
      pressure: isPen ? (event as PointerEvent).pressure : 0,
      shift: event.shiftKey,
      alt: event.altKey,
    });
  };

  const moveBy = (dx: number, dy: number): void => {
    const camera = state.camera();
    events.camera({ ...camera, x: camera.x - dx / camera.scale, y: camera.y - dy / camera.scale });
  };

  const onDown = (event: PointerEvent): void => {
    element.setPointerCapture(event.pointerId);
    const screen = screenOf(event);
    last = screen;
    if (event.pointerType === "touch") {
      touches.set(event.pointerId, screen);
      if (touches.size === 2) {
        mode = "pinch";
        return;
      }
    }
    const split = state.splitX();
    if (event.button === 1 || state.isPanning()) mode = "pan";
    else if (split !== null && Math.abs(screen.x - split) <= SPLIT_GRAB_PX) mode = "split";
    else if (event.button === 0 && mode === "none") {
      mode = "tool";
      tell("down", event);
    }
  };

  const pinch = (event: PointerEvent, screen: ScreenPoint): void => {
    const other = [...touches].find(([id]) => id !== event.pointerId)?.[1];
    const before = touches.get(event.pointerId);
    if (other === undefined || before === undefined) return;
    const apart = Math.hypot(before.x - other.x, before.y - other.y);
    const now = Math.hypot(screen.x - other.x, screen.y - other.y);
    const middle = { x: (screen.x + other.x) / 2, y: (screen.y + other.y) / 2 };
    events.camera(zoomAt(state.camera(), middle, now / Math.max(1, apart), state.limits()));
    moveBy((screen.x - before.x) / 2, (screen.y - before.y) / 2);
    touches.set(event.pointerId, screen);
  };

  const onMove = (event: PointerEvent): void => {
    const screen = screenOf(event);
    events.hover(screen);
    if (mode === "pinch") {
      pinch(event, screen);
    } else if (mode === "pan") {
      moveBy(screen.x - last.x, screen.y - last.y);
    } else if (mode === "split") {
      events.splitDragged(screen.x / element.clientWidth);
    } else {
      // Every position that the pointer passed since the last event, so that strokes stay smooth.
      const passed = event.getCoalescedEvents?.() ?? [];
      for (const one of passed.length > 0 ? passed : [event]) tell("move", one);
    }
    last = screen;
  };

  const onUp = (event: PointerEvent): void => {
    touches.delete(event.pointerId);
    if (mode === "tool") tell("up", event);
    if (mode !== "pinch" || touches.size === 0) mode = "none";
  };

  const onWheel = (event: WheelEvent): void => {
    event.preventDefault();
    if (event.altKey) {
      events.resizeBrush(event.deltaY < 0 ? 1 : -1);
      return;
    }
    const isFine = event.deltaMode === 0;
    const amount = event.ctrlKey ? event.deltaY * 4 : isFine ? event.deltaY : event.deltaY * 30;
    events.camera(zoomAt(state.camera(), screenOf(event), WHEEL_ZOOM ** -amount, state.limits()));
  };

  const onDouble = (event: MouseEvent): void => {
    if (!state.isPanning()) tell("double", event);
  };
  const onLeave = (): void => events.hover(null);
  const onMenu = (event: Event): void => event.preventDefault();

  element.addEventListener("pointerdown", onDown);
  element.addEventListener("pointermove", onMove);
  element.addEventListener("pointerup", onUp);
  element.addEventListener("pointercancel", onUp);
  element.addEventListener("pointerleave", onLeave);
  element.addEventListener("wheel", onWheel, { passive: false });
  element.addEventListener("dblclick", onDouble);
  element.addEventListener("contextmenu", onMenu);
  return () => {
    element.removeEventListener("pointerdown", onDown);
    element.removeEventListener("pointermove", onMove);
    element.removeEventListener("pointerup", onUp);
    element.removeEventListener("pointercancel", onUp);
    element.removeEventListener("pointerleave", onLeave);
    element.removeEventListener("wheel", onWheel);
    element.removeEventListener("dblclick", onDouble);
    element.removeEventListener("contextmenu", onMenu);
  };
}
