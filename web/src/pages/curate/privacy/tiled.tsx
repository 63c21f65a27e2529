/** A picture in SVG that is as sharp as the screen: tiles of the level that fits, over its thumbnail. */

import { thumbnailOf } from "../../../ui/thumb.tsx";
import type { View } from "./view.ts";

const TILE_PX = 512;
const THUMBNAIL_PX = 1280;
const MOST_TILES = 48;

export interface TiledImage {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly version: string;
}

export function Tiled({
  image,
  view,
  screenPx,
}: {
  image: TiledImage;
  view: View;
  /** Width on screen, in pixels. */
  screenPx: number;
}) {
  return (
    <>
      <image
        href={`${thumbnailOf(image.id, 1280)}&at=${image.version}`}
        width={image.width}
        height={image.height}
        preserveAspectRatio="none"
      />
      {tilesIn(image, view, screenPx).map(({ level, row, column }) => {
        const side = TILE_PX << level;
        return (
          <image
            key={`${level} ${row} ${column}`}
            href={`/v1/images/${image.id}/tiles/${level}/${row}/${column}?at=${image.version}`}
            x={column * side}
            y={row * side}
            width={Math.min(side, image.width - column * side)}
            height={Math.min(side, image.height - row * side)}
            preserveAspectRatio="none"
          />
        );
      })}
    </>
  );
}

interface TilePlace {
  readonly level: number;
  readonly row: number;
  readonly column: number;
}

/** Tiles for what is on screen; none while the thumbnail is sharp enough. */
export function tilesIn(image: TiledImage, view: View, screenPx: number): TilePlace[] {
  const perScreenPx = view.width / Math.max(1, screenPx);
  const ofThumbnail = Math.max(image.width, image.height) / THUMBNAIL_PX;
  if (ofThumbnail <= Math.max(1, perScreenPx)) return [];
  const level = Math.max(0, Math.floor(Math.log2(Math.max(1, perScreenPx))));
  const side = TILE_PX << level;
  const found: TilePlace[] = [];
  const [right, lower] = [
    Math.min(image.width, view.x + view.width),
    Math.min(image.height, view.y + view.height),
  ];
  for (let row = Math.floor(view.y / side); row * side < lower; row++) {
    for (let column = Math.floor(view.x / side); column * side < right; column++) {
      found.push({ level, row, column });
    }
  }
  return found.length > MOST_TILES ? [] : found;
}
