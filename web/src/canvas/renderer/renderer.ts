/** What a renderer draws, whatever it draws with. */

import type { LabelDocument } from "../document.ts";
import type { ClassTable, Look } from "../look.ts";
import type { Camera, Rect } from "../space.ts";
import type { PictureTiles } from "./pictures.ts";
import { levelFor, type Pyramid, type TilePlace, tilesUnder } from "./tiles.ts";

/** Planes of labels that are only looked at: overviews, a prediction, an earlier revision. */
export interface PlaneSource {
  /** The plane of a tile; undefined while it is loading, null where it is empty. */
  get(place: TilePlace): Uint32Array | null | undefined;
}

export interface Scene {
  readonly camera: Camera;
  /** Size of the canvas in CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly dpr: number;
  readonly pyramid: Pyramid;
  readonly document: LabelDocument;
  readonly pictures: PictureTiles;
  /** Label overviews, for when the camera is too far away to paint. */
  readonly overviews: PlaneSource;
  readonly other: PlaneSource | null;
  readonly look: Look;
  readonly classes: ClassTable;
}

export interface Renderer {
  readonly kind: "webgl2" | "canvas2d";
  draw(scene: Scene): void;
  dispose(): void;
}

/** Image pixels that one screen pixel may cover while painting is allowed. */
export const PAINT_LIMIT = 4;

/** The level from which labels are drawn: full size as long as painting is allowed. */
export function labelLevel(scene: Pick<Scene, "camera" | "pyramid">): number {
  if (scene.camera.scale * PAINT_LIMIT >= 1) return 0;
  const wanted = Math.floor(Math.log2(1 / scene.camera.scale));
  return Math.min(scene.pyramid.levels - 1, wanted);
}

interface PlacedPicture {
  readonly place: TilePlace;
  readonly bitmap: ImageBitmap;
}

/** The pictures to draw under what is shown, coarse ones first; one that stands in for several, once. */
export function picturesOf(scene: Scene, shown: Rect): PlacedPicture[] {
  const level = levelFor(scene.camera.scale, scene.dpr, scene.pyramid.levels);
  const byBitmap = new Map<ImageBitmap, PlacedPicture>();
  for (const place of tilesUnder(shown, level, scene.pyramid)) {
    const found = scene.pictures.find(place);
    if (found !== null) byBitmap.set(found.bitmap, found);
  }
  return [...byBitmap.values()].sort((a, b) => b.place.level - a.place.level);
}

/** Whether a picture is so large on screen that its pixels are shown as they are, not blurred. */
export const showsPixels = (scene: Scene, place: TilePlace): boolean =>
  scene.camera.scale * 2 ** place.level * scene.dpr >= 3;
