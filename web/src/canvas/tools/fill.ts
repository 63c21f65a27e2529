/**
 * Fill: what hangs together with the pixel under the pointer, or everything that is the same; and
 * everything that is not labelled. What needs more tiles than the page holds, the server does.
 */

import { type FloodResult, flood } from "../kernels/flood.ts";
import { TILE_PX } from "../kernels/runs.ts";
import { UNLABELLED } from "../segments.ts";
import { type ImagePoint, intersect, type Rect } from "../space.ts";
import { around, type Gesture, type PointInput, type Tool, type ToolContext } from "./tool.ts";

/** Tiles that one fill may touch on the page. */
export const MAX_TILES = 64;
const NEARBY_TILES = 3;

const isSmall = (context: ToolContext): boolean =>
  context.document.rows * context.document.columns <= MAX_TILES;

/** Tiles around the pointer that a contiguous fill works on before it asks the server. */
function neighbourhood(at: ImagePoint, context: ToolContext): Rect {
  if (isSmall(context)) return context.image;
  const row = Math.floor(at.y / TILE_PX);
  const column = Math.floor(at.x / TILE_PX);
  return intersect(context.image, {
    x0: (column - NEARBY_TILES) * TILE_PX,
    y0: (row - NEARBY_TILES) * TILE_PX,
    x1: (column + NEARBY_TILES + 1) * TILE_PX,
    y1: (row + NEARBY_TILES + 1) * TILE_PX,
  });
}

/** Rows of a rectangle as bytes: 1 where the segment is the wanted one. */
function matching(context: ToolContext, clip: Rect, wanted: number): (row: number) => Uint8Array {
  const rows = new Map<number, Uint8Array>();
  return (row) => {
    let cells = rows.get(row);
    if (cells === undefined) {
      cells = new Uint8Array(clip.x1 - clip.x0);
      for (let x = clip.x0; x < clip.x1; x++) {
        if (context.document.segmentAt(x, row) === wanted) cells[x - clip.x0] = 1;
      }
      rows.set(row, cells);
    }
    return cells;
  };
}

function goesOn(result: FloodResult, clip: Rect, image: Rect): boolean {
  const { touches } = result;
  return (
    (touches.left && clip.x0 > image.x0) ||
    (touches.right && clip.x1 < image.x1) ||
    (touches.top && clip.y0 > image.y0) ||
    (touches.bottom && clip.y1 < image.y1)
  );
}

// biome-ignore lint/correctness/useYield: a gesture of a single moment
function* pour(context: ToolContext, start: PointInput): Gesture {
  const { document, settings, image } = context;
  const x = Math.floor(start.at.x);
  const y = Math.floor(start.at.y);
  if (x < 0 || y < 0 || x >= document.width || y >= document.height) return "cancel";
  const wanted = document.segmentAt(x, y);
  const segment = context.begin("paint");
  const fill = { kind: "fill", x, y, segment, contiguous: settings.isContiguous } as const;
  if (!settings.isContiguous) {
    if (!isSmall(context)) {
      context.onServer(fill);
      return "cancel";
    }
    const rowOf = matching(context, image, wanted);
    for (let row = image.y0; row < image.y1; row++) paintRow(rowOf(row), row, image, context.spans(segment));
    return "commit";
  }
  const clip = neighbourhood(start.at, context);
  const result = flood(matching(context, clip, wanted), x, y, clip, context.spans(segment));
  if (goesOn(result, clip, image)) {
    context.onServer(fill);
    return "cancel";
  }
  return "commit";
}

function paintRow(
  cells: Uint8Array,
  row: number,
  clip: Rect,
  onSpan: (row: number, first: number, end: number) => void,
): void {
  let first = -1;
  for (let k = 0; k <= cells.length; k++) {
    const is = k < cells.length && cells[k] === 1;
    if (is && first < 0) first = k;
    if (!is && first >= 0) {
      onSpan(row, clip.x0 + first, clip.x0 + k);
      first = -1;
    }
  }
}

export const fill: Tool = {
  id: "fill",
  cursor: "cross",
  step: "Fill",
  reach: (at, context) =>
    context.settings.isContiguous || isSmall(context) ? neighbourhood(at, context) : around(at, 1),
  gesture: pour,
};

/** Give the chosen class to everything that nobody has labelled; the page's part of it. */
export function fillUnlabelled(context: ToolContext): void {
  const { image } = context;
  const segment = context.begin("paint");
  const rowOf = matching(context, image, UNLABELLED);
  for (let row = image.y0; row < image.y1; row++) paintRow(rowOf(row), row, image, context.spans(segment));
}
