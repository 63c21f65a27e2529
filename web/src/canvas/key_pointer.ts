/** A pointer that the keyboard moves: every tool can be used without a mouse. */

import { type ImagePoint, screenFromImage } from "./space.ts";
import type { PointInput } from "./tools/tool.ts";
import type { Viewport } from "./viewport.ts";

const STEP_PX = 12;
const LARGE_STEPS = 4;

export class KeyPointer {
  at: ImagePoint | null = null;

  constructor(private readonly viewport: Viewport) {}

  /** Move by so many steps of the screen; the picture follows. */
  move(dx: number, dy: number, isLarge: boolean): PointInput {
    const step = (isLarge ? LARGE_STEPS * STEP_PX : STEP_PX) / this.viewport.camera.scale;
    const from = this.at ?? this.viewport.middle;
    this.at = { x: from.x + dx * step, y: from.y + dy * step };
    this.viewport.keepInView(screenFromImage(this.viewport.camera, this.at));
    return this.input("move");
  }

  /** What a tool is told of it. */
  input(kind: "down" | "move" | "up"): PointInput {
    this.at ??= this.viewport.middle;
    const screen = screenFromImage(this.viewport.camera, this.at);
    return { kind, at: this.at, screen, pressure: 0, shift: false, alt: false };
  }
}
