/** What a renderer draws, whatever it draws with. */

import type { LabelDocument } from "../document.ts";
import type { ClassTable, Look } from "../look.ts";
import type { Camera } from "../space.ts";
import type { PictureTiles } from "./pictures.ts";
import type { Pyramid, TilePlace } from "./tiles.ts";

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
