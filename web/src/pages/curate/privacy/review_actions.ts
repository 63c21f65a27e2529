/** What can be done with an image that is looked over, as action records. */

import { useEffect, useMemo, useRef } from "react";
import { useOffered } from "../../../actions/registry.ts";
import { type Area, type Frame, middleBox } from "./areas.ts";
import { about, type View, viewOf, wholeView, ZOOM } from "./view.ts";

/** What the page around it can do now. */
interface ReviewDoors {
  readonly areas: readonly Area[];
  readonly chosen: string | null;
  readonly view: View;
  readonly isEditable: boolean;
  done(): Promise<void>;
  undo(): void;
  add(box: Pick<Area, "x" | "y" | "width" | "height">): void;
  move(by: number): void;
  choose(id: string): void;
  show(view: View): void;
  turn(): void;
}

export function useReviewActions({ width, height }: Frame, now: ReviewDoors): void {
  const doors = useRef(now);
  useEffect(() => {
    doors.current = now;
  });
  const actions = useMemo(() => {
    const frame = { width, height };
    const group = "Areas";
    const isEnabled = (): boolean => doors.current.isEditable;
    const turnTo = (by: number) => () => {
      const { areas, chosen, choose, show } = doors.current;
      if (areas.length === 0) return;
      const k = areas.findIndex((area) => area.id === chosen);
      const next = areas[(k + by + areas.length) % areas.length] as Area;
      choose(next.id);
      show(viewOf(next, frame));
    };
    const zoom = (factor: number) => () => doors.current.show(about(doors.current.view, factor, frame));
    const move = (by: number) => () => doors.current.move(by);
    return [
      {
        id: "review done",
        title: "Reviewed, to the next",
        group,
        keys: ["Enter"],
        run: () => void doors.current.done(),
      },
      {
        id: "area add",
        title: "Add an area in the middle",
        group,
        keys: ["KeyA"],
        run: () => doors.current.add(middleBox(frame)),
        isEnabled,
      },
      { id: "area undo", title: "Undo", group, keys: ["KeyZ"], run: () => doors.current.undo(), isEnabled },
      { id: "area next", title: "Next area", group, keys: ["KeyN"], run: turnTo(1) },
      { id: "area before", title: "Area before", group, keys: ["Shift+KeyN"], run: turnTo(-1) },
      {
        id: "review look",
        title: "Before or after",
        group,
        keys: ["Space"],
        run: () => doors.current.turn(),
      },
      { id: "zoom in", title: "Zoom in", group, keys: ["Equal"], run: zoom(1 / ZOOM) },
      { id: "zoom out", title: "Zoom out", group, keys: ["Minus"], run: zoom(ZOOM) },
      {
        id: "zoom fit",
        title: "The whole picture",
        group,
        keys: ["Digit0"],
        run: () => doors.current.show(wholeView(frame)),
      },
      { id: "image next", title: "Next image", group, keys: ["ArrowDown", "KeyJ"], run: move(1) },
      { id: "image before", title: "Image before", group, keys: ["ArrowUp", "KeyK"], run: move(-1) },
    ];
  }, [width, height]);
  useOffered("areas", actions);
}
