/** A picture with the areas that will be filled: drawn, moved and taken away by mouse or keyboard. */

import { useEffect, useRef, useState } from "react";
import {
  type Area,
  boxBetween,
  type Frame,
  grownBy,
  isLargeEnough,
  movedBy,
  type Point,
  without,
} from "./areas.ts";
import { type View, within, zoomed } from "./view.ts";

type Gesture =
  | { readonly kind: "pan"; readonly from: Point; readonly view: View }
  | { readonly kind: "draw"; readonly from: Point; readonly to: Point }
  | { readonly kind: "move"; readonly from: Point; readonly area: Area; readonly now: Area }
  | { readonly kind: "corner"; readonly fixed: Point; readonly area: Area; readonly now: Area };

const NUDGE = 0.005;
const HANDLE_PX = 9;
const WHEEL_STEP = 1.25;

export function AreaCanvas({
  name,
  frame,
  view,
  picture,
  areas,
  chosen,
  isEditable,
  isFilled,
  onChoose,
  onChange,
  onDraw,
  onView,
}: {
  name: string;
  frame: Frame;
  /** The part of the picture that is shown. */
  view: View;
  /** The picture itself, as SVG. */
  picture: React.ReactNode;
  areas: readonly Area[];
  chosen: string | null;
  isEditable: boolean;
  /** Show what it will look like, instead of outlines. */
  isFilled: boolean;
  onChoose: (id: string | null) => void;
  onChange: (areas: Area[]) => void;
  onDraw: (box: Pick<Area, "x" | "y" | "width" | "height">) => void;
  onView: (view: View) => void;
}) {
  const svg = useRef<SVGSVGElement>(null);
  const [gesture, setGesture] = useState<Gesture | null>(null);
  const pointOf = (event: React.PointerEvent): Point => {
    const matrix = svg.current?.getScreenCTM()?.inverse();
    const found = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
    return { x: found.x, y: found.y };
  };
  const grab = (event: React.PointerEvent, begun: Gesture): void => {
    event.stopPropagation();
    if (event.button !== 0 || !isEditable) {
      if (begun.kind === "draw" || event.button === 1) {
        event.preventDefault();
        svg.current?.setPointerCapture(event.pointerId);
        setGesture({ kind: "pan", from: { x: event.clientX, y: event.clientY }, view });
      }
      return;
    }
    svg.current?.setPointerCapture(event.pointerId);
    setGesture(begun);
  };
  const move = (event: React.PointerEvent): void => {
    if (gesture === null) return;
    if (gesture.kind === "pan") {
      const scale = gesture.view.width / (svg.current?.clientWidth || 1);
      const [dx, dy] = [event.clientX - gesture.from.x, event.clientY - gesture.from.y];
      onView(
        within({ ...gesture.view, x: gesture.view.x - dx * scale, y: gesture.view.y - dy * scale }, frame),
      );
      return;
    }
    const to = pointOf(event);
    if (gesture.kind === "draw") setGesture({ ...gesture, to });
    else if (gesture.kind === "move") {
      const { from, area } = gesture;
      setGesture({ ...gesture, now: movedBy(area, to.x - from.x, to.y - from.y, frame) });
    } else setGesture({ ...gesture, now: { ...gesture.area, ...boxBetween(gesture.fixed, to, frame) } });
  };
  const release = (): void => {
    if (gesture === null) return;
    setGesture(null);
    if (gesture.kind === "pan") return;
    if (gesture.kind === "draw") {
      if (isLargeEnough(gesture.from, gesture.to)) onDraw(boxBetween(gesture.from, gesture.to, frame));
      else onChoose(null);
    } else if (gesture.now !== gesture.area) replace(gesture.now);
  };
  const zoom = useRef((_event: WheelEvent): void => {});
  zoom.current = (event) => {
    event.preventDefault();
    const matrix = svg.current?.getScreenCTM()?.inverse();
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
    onView(zoomed(view, at, event.deltaY < 0 ? 1 / WHEEL_STEP : WHEEL_STEP, frame));
  };
  useEffect(() => {
    const target = svg.current;
    // React's own wheel listeners cannot keep the page from scrolling.
    const listen = (event: WheelEvent): void => zoom.current(event);
    target?.addEventListener("wheel", listen, { passive: false });
    return () => target?.removeEventListener("wheel", listen);
  }, []);
  const replace = (next: Area): void => onChange(areas.map((area) => (area.id === next.id ? next : area)));
  const press = (event: React.KeyboardEvent, area: Area): void => {
    const by = NUDGE * Math.max(frame.width, frame.height);
    const arrows: Readonly<Record<string, Point>> = {
      ArrowLeft: { x: -by, y: 0 },
      ArrowRight: { x: by, y: 0 },
      ArrowUp: { x: 0, y: -by },
      ArrowDown: { x: 0, y: by },
    };
    const arrow = arrows[event.key];
    if (arrow !== undefined) replace((event.shiftKey ? grownBy : movedBy)(area, arrow.x, arrow.y, frame));
    else if (event.key === "Delete" || event.key === "Backspace") onChange(without(areas, area.id));
    else if (event.key === " " || event.key === "Enter") replace({ ...area, keep: !area.keep });
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const shown = areas.map((area) =>
    gesture !== null && "now" in gesture && gesture.area.id === area.id ? gesture.now : area,
  );
  const drawn = gesture?.kind === "draw" ? boxBetween(gesture.from, gesture.to, frame) : null;
  const picked = isEditable && !isFilled ? shown.find((area) => area.id === chosen) : undefined;
  return (
    <svg
      ref={svg}
      className="ts-areas"
      viewBox={`${view.x} ${view.y} ${view.width} ${view.height}`}
      data-editable={isEditable || undefined}
      role="group"
      aria-label={`Areas in ${name}`}
      onPointerDown={(event) => {
        const from = pointOf(event);
        grab(event, { kind: "draw", from, to: from });
      }}
      onPointerMove={move}
      onPointerUp={release}
      onPointerCancel={() => setGesture(null)}
    >
      {picture}
      {shown.map((area) => (
        <rect
          key={area.id}
          className="ts-fill"
          data-kind={area.kind}
          data-keep={area.keep}
          data-filled={isFilled || undefined}
          data-chosen={area.id === chosen || undefined}
          x={area.x}
          y={area.y}
          width={area.width}
          height={area.height}
          role="button"
          tabIndex={isEditable ? 0 : -1}
          aria-pressed={area.keep}
          aria-label={`${area.kind}, ${area.keep ? "is filled" : "stays as it is"}`}
          onFocus={() => onChoose(area.id)}
          onKeyDown={(event) => isEditable && press(event, area)}
          onPointerDown={(event) => {
            onChoose(area.id);
            grab(event, { kind: "move", from: pointOf(event), area, now: area });
          }}
        />
      ))}
      {picked && (
        <Corners
          area={picked}
          scale={view.width / 800}
          onGrab={(event, fixed) => grab(event, { kind: "corner", fixed, area: picked, now: picked })}
        />
      )}
      {drawn && <rect className="ts-fill" data-kind="added" data-keep="true" {...drawn} />}
    </svg>
  );
}

function Corners({
  area,
  scale,
  onGrab,
}: {
  area: Area;
  scale: number;
  onGrab: (event: React.PointerEvent, fixed: Point) => void;
}) {
  const side = HANDLE_PX * scale;
  const corners = [0, 1, 2, 3].map((k) => {
    const [isRight, isLower] = [k % 2 === 1, k >= 2];
    return {
      at: { x: area.x + (isRight ? area.width : 0), y: area.y + (isLower ? area.height : 0) },
      fixed: { x: area.x + (isRight ? 0 : area.width), y: area.y + (isLower ? 0 : area.height) },
      cursor: isRight === isLower ? "nwse-resize" : "nesw-resize",
    };
  });
  return corners.map(({ at, fixed, cursor }) => (
    <rect
      key={cursor + at.x + at.y}
      className="ts-handle"
      x={at.x - side / 2}
      y={at.y - side / 2}
      width={side}
      height={side}
      style={{ cursor }}
      onPointerDown={(event) => onGrab(event, fixed)}
    />
  ));
}
