/** Areas to cover: pure changes to them, in pixels of the whole picture. */

import type { RedactedArea } from "../../../api/redactions.ts";

export type Area = RedactedArea;

export interface Frame {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

const LEAST_PX = 4;

/** The area moved, as far as the picture goes. */
export function movedBy(area: Area, dx: number, dy: number, frame: Frame): Area {
  return {
    ...area,
    x: clamp(Math.round(area.x + dx), 0, frame.width - area.width),
    y: clamp(Math.round(area.y + dy), 0, frame.height - area.height),
  };
}

/** The area with another size; its upper left corner stays. */
export function grownBy(area: Area, dx: number, dy: number, frame: Frame): Area {
  return {
    ...area,
    width: clamp(Math.round(area.width + dx), LEAST_PX, frame.width - area.x),
    height: clamp(Math.round(area.height + dy), LEAST_PX, frame.height - area.y),
  };
}

/** The box between two corners, whole pixels inside the picture. */
export function boxBetween(a: Point, b: Point, frame: Frame): Pick<Area, "x" | "y" | "width" | "height"> {
  const left = clamp(Math.round(Math.min(a.x, b.x)), 0, frame.width - LEAST_PX);
  const top = clamp(Math.round(Math.min(a.y, b.y)), 0, frame.height - LEAST_PX);
  const right = clamp(Math.round(Math.max(a.x, b.x)), left + LEAST_PX, frame.width);
  const bottom = clamp(Math.round(Math.max(a.y, b.y)), top + LEAST_PX, frame.height);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** A new area in the middle of the picture, for those who draw by keyboard. */
export function middleBox(frame: Frame): Pick<Area, "x" | "y" | "width" | "height"> {
  const [width, height] = [Math.round(frame.width / 8), Math.round(frame.height / 8)];
  const [x, y] = [Math.round((frame.width - width) / 2), Math.round((frame.height - height) / 2)];
  return { x, y, width, height };
}

/** What taking an area away means: one that a person drew is gone, a found one stays on record as not wanted. */
export const without = (areas: readonly Area[], id: string): Area[] =>
  areas.flatMap((area) =>
    area.id !== id ? [area] : area.kind === "added" ? [] : [{ ...area, keep: false }],
  );

export const isLargeEnough = (a: Point, b: Point): boolean =>
  Math.abs(a.x - b.x) >= LEAST_PX && Math.abs(a.y - b.y) >= LEAST_PX;

const clamp = (value: number, low: number, high: number): number =>
  Math.max(low, Math.min(Math.max(low, high), value));
