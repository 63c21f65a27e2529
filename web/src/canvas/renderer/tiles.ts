/** Which tiles of a pyramid a screen needs, at which level. Level 0 is full size; each halves. */

import { TILE_PX } from "../kernels/runs.ts";
import type { Camera, Rect } from "../space.ts";

export interface TilePlace {
  readonly level: number;
  readonly row: number;
  readonly column: number;
}

export interface Pyramid {
  readonly width: number;
  readonly height: number;
  readonly levels: number;
}

export const placeName = (place: TilePlace): string => `${place.level}.${place.row}.${place.column}`;

/** The level whose pixels are nearest to, and not larger than, device pixels. */
export function levelFor(scale: number, dpr: number, levels: number): number {
  const wanted = Math.floor(Math.log2(1 / Math.max(1e-9, scale * dpr)) + 0.2);
  return Math.min(levels - 1, Math.max(0, wanted));
}

/** Tiles of a level under a rectangle of image pixels, those nearest to its middle first. */
export function tilesUnder(rect: Rect, level: number, pyramid: Pyramid): TilePlace[] {
  const side = TILE_PX * 2 ** level;
  const rows = Math.ceil(pyramid.height / side);
  const columns = Math.ceil(pyramid.width / side);
  const found: { place: TilePlace; away: number }[] = [];
  const middle = { x: (rect.x0 + rect.x1) / 2, y: (rect.y0 + rect.y1) / 2 };
  const lastRow = Math.min(rows - 1, Math.floor((rect.y1 - 1) / side));
  const lastColumn = Math.min(columns - 1, Math.floor((rect.x1 - 1) / side));
  for (let row = Math.max(0, Math.floor(rect.y0 / side)); row <= lastRow; row++) {
    for (let column = Math.max(0, Math.floor(rect.x0 / side)); column <= lastColumn; column++) {
      const away = Math.hypot((column + 0.5) * side - middle.x, (row + 0.5) * side - middle.y);
      found.push({ place: { level, row, column }, away });
    }
  }
  return found.sort((a, b) => a.away - b.away).map((entry) => entry.place);
}

/** Where a tile lies in the image, cut to it. */
export function areaOf(place: TilePlace, pyramid: Pyramid): Rect {
  const side = TILE_PX * 2 ** place.level;
  return {
    x0: place.column * side,
    y0: place.row * side,
    x1: Math.min(pyramid.width, (place.column + 1) * side),
    y1: Math.min(pyramid.height, (place.row + 1) * side),
  };
}

/** The tile one level up that holds this one; null at the top. */
export function parentOf(place: TilePlace, pyramid: Pyramid): TilePlace | null {
  if (place.level + 1 >= pyramid.levels) return null;
  return { level: place.level + 1, row: place.row >> 1, column: place.column >> 1 };
}

/** A rectangle of image pixels in clip space (left, top, width, height). */
export function clipPlace(
  area: Rect,
  camera: Camera,
  width: number,
  height: number,
): [number, number, number, number] {
  const left = (area.x0 - camera.x) * camera.scale;
  const top = (area.y0 - camera.y) * camera.scale;
  return [
    (left / width) * 2 - 1,
    1 - (top / height) * 2,
    ((area.x1 - area.x0) * camera.scale * 2) / width,
    ((area.y1 - area.y0) * camera.scale * 2) / height,
  ];
}
