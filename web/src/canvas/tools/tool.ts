/**
 * What a tool is: a record, and a gesture as straight-line code. The engine feeds the gesture with
 * what the person does; when it ends, the engine commits what it painted, or throws it away on Esc.
 */

import type { LabelDocument } from "../document.ts";
import type { OnSpan } from "../kernels/shapes.ts";
import type { ImagePoint, Rect, ScreenPoint } from "../space.ts";
import type { Superpixels } from "./superpixels.ts";

/** Something the person did. */
export type Input =
  | {
      readonly kind: "down" | "move" | "up";
      readonly at: ImagePoint;
      readonly screen: ScreenPoint;
      readonly pressure: number;
      readonly shift: boolean;
      readonly alt: boolean;
    }
  | {
      readonly kind: "double";
      readonly at: ImagePoint;
      readonly screen: ScreenPoint;
      readonly pressure: number;
      readonly shift: boolean;
      readonly alt: boolean;
    }
  | { readonly kind: "enter" | "backspace"; readonly shift: boolean; readonly alt: boolean };

export type PointInput = Extract<Input, { at: ImagePoint }>;

/** What is drawn over the canvas while a gesture is under way. */
export interface Sketch {
  readonly kind: "path" | "rectangle" | "none";
  readonly points: readonly ImagePoint[];
  readonly isClosed: boolean;
  /** The first point is near enough to close on. */
  readonly closes: boolean;
}

export interface ToolSettings {
  readonly radiusPx: number;
  readonly shape: "circle" | "square";
  readonly superpixelSize: "small" | "medium" | "large";
  /** Fill: what hangs together, or everything of the class. */
  readonly isContiguous: boolean;
  /** Polygon and rectangle: paint, or take away. Alt does the other. */
  readonly isSubtracting: boolean;
  readonly snaps: boolean;
  readonly usesPressure: boolean;
}

export interface ToolContext {
  readonly document: LabelDocument;
  readonly settings: ToolSettings;
  readonly superpixels: Superpixels;
  /** Screen pixels per image pixel now. */
  readonly scale: () => number;
  /** Begin to paint; called by the first paint of a gesture. Returns the segment to paint with. */
  begin(what: "paint" | "erase"): number;
  /** The segment ids are to be painted: spans of rows. */
  spans(segment: number): OnSpan;
  sketch(sketch: Sketch | null): void;
  /** Let the server do it: more tiles than the page holds. */
  onServer(operation: ServerFill): void;
  /** Choose the class of a segment. */
  pick(segment: number): void;
  /** Move the picture. */
  pan(dx: number, dy: number): void;
  /** A remark for the status line. */
  say(text: string): void;
  readonly image: Rect;
  /** Where the last stroke ended: Shift draws a straight line from there. */
  lastPoint: ImagePoint | null;
}

/** Fill as the server's operation. */
export interface ServerFill {
  readonly kind: "fill";
  readonly x: number;
  readonly y: number;
  readonly segment: number;
  readonly contiguous: boolean;
}

/** How a gesture ends. */
export type Outcome = "commit" | "cancel";

export type Gesture = Generator<void, Outcome, Input>;

export type ToolId = "pan" | "brush" | "eraser" | "polygon" | "rectangle" | "fill" | "superpixel" | "pick";

export interface Tool {
  readonly id: ToolId;
  readonly cursor: "brush" | "cross" | "hand" | "pick";
  /** What the history calls a step of it. */
  readonly step: string;
  /** Image pixels that must be loaded before the gesture can go on at a point. */
  reach(at: ImagePoint, context: ToolContext): Rect;
  /** Anything else that must be here; null if it is. */
  ready?(at: ImagePoint, context: ToolContext): Promise<void> | null;
  gesture(context: ToolContext, start: PointInput): Gesture;
}

export const around = (at: ImagePoint, radius: number): Rect => ({
  x0: Math.floor(at.x - radius),
  y0: Math.floor(at.y - radius),
  x1: Math.ceil(at.x + radius) + 1,
  y1: Math.ceil(at.y + radius) + 1,
});
