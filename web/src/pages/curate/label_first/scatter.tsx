/** Images by what they look like: near ones look alike. Which of them were chosen, drawn or labelled. */

import { useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useMemo, useRef } from "react";

export type Role = "chosen" | "random" | "labelled" | "other";

export interface ScatterPoint {
  readonly id: string;
  readonly name: string;
  /** −1…1 */
  readonly x: number;
  readonly y: number;
  readonly roles: readonly Role[];
}

/** What is drawn last lies on top. */
const ORDER: readonly Role[] = ["other", "labelled", "random", "chosen"];
const MARGIN_PX = 14;
const NEAR_PX = 12;

const INKS: Readonly<Record<"light" | "dark", Readonly<Record<Role | "hot", string>>>> = {
  light: { other: "#b9b1a0", labelled: "#4f8250", random: "#a34400", chosen: "#27548a", hot: "#23211d" },
  dark: { other: "#57524a", labelled: "#7fb581", random: "#f0a35e", chosen: "#86aed6", hot: "#e9e5db" },
};

export function Scatter({
  points,
  shown,
  hot,
  onHot,
}: {
  points: readonly ScatterPoint[];
  shown: ReadonlySet<Role>;
  hot: string | null;
  onHot: (id: string | null) => void;
}) {
  const { ref: holder, width } = useElementSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useComputedColorScheme("light", { getInitialValueInEffect: false });
  const side = Math.max(0, Math.min(width, 620));
  const drawn = useMemo(
    () =>
      ORDER.flatMap((role) =>
        points
          .filter((point) => point.roles.includes(role))
          .map((point) => ({ point, role, at: placed(point, side) })),
      ).filter(({ role }) => shown.has(role)),
    [points, shown, side],
  );
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || side === 0) return;
    const scale = window.devicePixelRatio;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, side, side);
    for (const { role, at } of drawn) drawMark(context, role, at, INKS[scheme][role]);
    const pointed = drawn.find(({ point }) => point.id === hot);
    if (pointed) {
      context.strokeStyle = INKS[scheme].hot;
      context.lineWidth = 2;
      context.beginPath();
      context.arc(pointed.at.x, pointed.at.y, 9, 0, 2 * Math.PI);
      context.stroke();
    }
  }, [drawn, hot, scheme, side]);
  const nearest = (event: React.PointerEvent): string | null => {
    const box = event.currentTarget.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let found: string | null = null;
    let least = NEAR_PX;
    for (const { point, at } of drawn) {
      const distance = Math.hypot(at.x - x, at.y - y);
      if (distance <= least) [found, least] = [point.id, distance];
    }
    return found;
  };
  const pixels = Math.round(side * window.devicePixelRatio);
  return (
    <div ref={holder}>
      <canvas
        ref={canvas}
        className="ts-scatter"
        width={pixels}
        height={pixels}
        style={{ width: side, height: side }}
        role="img"
        aria-label={`${points.length} images, those that look alike near each other`}
        onPointerMove={(event) => {
          const found = nearest(event);
          if (found !== null && found !== hot) onHot(found);
        }}
      />
    </div>
  );
}

function placed({ x, y }: ScatterPoint, side: number): { x: number; y: number } {
  const reach = side / 2 - MARGIN_PX;
  return { x: side / 2 + x * reach, y: side / 2 - y * reach };
}

/** Each role has a shape of its own, so that colour is not needed to tell them apart. */
function drawMark(
  context: CanvasRenderingContext2D,
  role: Role,
  { x, y }: { x: number; y: number },
  ink: string,
): void {
  context.fillStyle = ink;
  context.strokeStyle = ink;
  context.lineWidth = 2;
  context.beginPath();
  switch (role) {
    case "other":
      context.arc(x, y, 2.5, 0, 2 * Math.PI);
      context.fill();
      return;
    case "labelled":
      context.arc(x, y, 4, 0, 2 * Math.PI);
      context.stroke();
      return;
    case "random":
      context.moveTo(x - 4, y - 4);
      context.lineTo(x + 4, y + 4);
      context.moveTo(x + 4, y - 4);
      context.lineTo(x - 4, y + 4);
      context.stroke();
      return;
    case "chosen":
      context.arc(x, y, 5.5, 0, 2 * Math.PI);
      context.fill();
      return;
  }
}
