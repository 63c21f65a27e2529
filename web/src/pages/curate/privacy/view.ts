/** The part of a picture that is on screen, in its pixels, always of the picture's own shape. */

import type { Frame, Point } from "./areas.ts";

export interface View extends Frame, Point {}

/** How much one step of a button or key zooms. */
export const ZOOM = 1.5;

const LEAST_PX = 64;
const AROUND = 5;

export const wholeView = ({ width, height }: Frame): View => ({ x: 0, y: 0, width, height });

/** Larger or smaller about a point that stays where it is on screen; `factor` > 1 shows more. */
export function zoomed(view: View, at: Point, factor: number, frame: Frame): View {
  const width = Math.max(Math.min(LEAST_PX, frame.width), Math.min(frame.width, view.width * factor));
  const scale = width / view.width;
  return within(
    {
      x: at.x - (at.x - view.x) * scale,
      y: at.y - (at.y - view.y) * scale,
      width,
      height: (width * frame.height) / frame.width,
    },
    frame,
  );
}

/** Larger or smaller about the middle of what is on screen. */
export const about = (view: View, factor: number, frame: Frame): View =>
  zoomed(view, { x: view.x + view.width / 2, y: view.y + view.height / 2 }, factor, frame);

/** The view moved so that it shows nothing beyond the picture. */
export function within(view: View, frame: Frame): View {
  return {
    ...view,
    x: Math.max(0, Math.min(view.x, frame.width - view.width)),
    y: Math.max(0, Math.min(view.y, frame.height - view.height)),
  };
}

/** An area with what is around it, so that one sees what it is. */
export function viewOf(area: Frame & Point, frame: Frame): View {
  const share = Math.max((AROUND * area.width) / frame.width, (AROUND * area.height) / frame.height);
  const width = Math.max(Math.min(LEAST_PX, frame.width), Math.min(frame.width, share * frame.width));
  const height = (width * frame.height) / frame.width;
  return within(
    { x: area.x + area.width / 2 - width / 2, y: area.y + area.height / 2 - height / 2, width, height },
    frame,
  );
}
