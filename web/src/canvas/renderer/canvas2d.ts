/** Drawing without WebGL2: the same scene, slower. Outlines and patterns are drawn as fills. */

import { sizeCanvas } from "../backing.ts";
import { TILE_PX, WHOLE_TILE } from "../kernels/runs.ts";
import type { ClassTable, Look } from "../look.ts";
import { FIRST_OBJECT, type ObjectTable } from "../segments.ts";
import { type Rect, unite, visible } from "../space.ts";
import { labelLevel, picturesOf, type Renderer, type Scene, showsPixels } from "./renderer.ts";
import { areaOf, type TilePlace, tilesUnder } from "./tiles.ts";

interface Drawn {
  readonly canvas: OffscreenCanvas;
  readonly context: OffscreenCanvasRenderingContext2D;
  plane: Uint32Array | null;
  /** What it was drawn for: another view, table or opacity draws it anew. */
  key: string;
  classes: ClassTable | null;
}

export class Canvas2DRenderer implements Renderer {
  readonly kind = "canvas2d";
  private readonly context: CanvasRenderingContext2D;
  private readonly drawn = new Map<string, Drawn>();

  constructor(private readonly canvas: HTMLCanvasElement) {
    const context = canvas.getContext("2d", { alpha: false });
    if (context === null) throw new Error("this browser cannot draw on a canvas");
    this.context = context;
  }

  draw(scene: Scene): void {
    const { context, canvas } = this;
    sizeCanvas(canvas, scene);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#21201d";
    context.fillRect(0, 0, canvas.width, canvas.height);
    const scale = scene.camera.scale * scene.dpr;
    context.setTransform(scale, 0, 0, scale, -scene.camera.x * scale, -scene.camera.y * scale);
    const shown = visible(scene.camera, scene.width, scene.height, scene.document.bounds);
    this.drawPictures(scene, shown);
    if (!scene.look.isPeeking) this.drawLabels(scene, shown);
  }

  private drawPictures(scene: Scene, shown: Rect): void {
    const { context } = this;
    const { look, pyramid } = scene;
    context.filter = `brightness(${1 + look.brightness}) contrast(${look.contrast})`;
    for (const { place, bitmap } of picturesOf(scene, shown)) {
      const area = areaOf(place, pyramid);
      context.imageSmoothingEnabled = !showsPixels(scene, place);
      context.drawImage(bitmap, area.x0, area.y0, area.x1 - area.x0, area.y1 - area.y0);
    }
    context.filter = "none";
  }

  private drawLabels(scene: Scene, shown: Rect): void {
    const { context } = this;
    const { document, look, pyramid } = scene;
    const level = labelLevel(scene);
    context.imageSmoothingEnabled = false;
    for (const place of tilesUnder(shown, level, pyramid)) {
      const area = areaOf(place, pyramid);
      const used = {
        x: Math.ceil((area.x1 - area.x0) / 2 ** place.level),
        y: Math.ceil((area.y1 - area.y0) / 2 ** place.level),
      };
      const other = look.compare === "off" ? null : (scene.other?.get(place) ?? null);
      const takesOther = other !== null && look.compare === "blink" && look.blinkOther;
      const tile = level === 0 ? document.tiles.get(place.row * document.columns + place.column) : undefined;
      const plane = takesOther ? other : (tile?.plane ?? scene.overviews.get(place) ?? null);
      if (plane === null) continue;
      const found = this.tileCanvas(place, plane, tile?.stale ?? null, scene);
      if (tile !== undefined && !takesOther) tile.stale = null;
      context.globalAlpha = look.opacity;
      context.drawImage(
        found.canvas,
        0,
        0,
        used.x,
        used.y,
        area.x0,
        area.y0,
        area.x1 - area.x0,
        area.y1 - area.y0,
      );
      context.globalAlpha = 1;
    }
  }

  private tileCanvas(place: TilePlace, plane: Uint32Array, stale: Rect | null, scene: Scene): Drawn {
    const name = `${place.level}.${place.row}.${place.column}`;
    let entry = this.drawn.get(name);
    if (entry === undefined) {
      const canvas = new OffscreenCanvas(TILE_PX, TILE_PX);
      const context = canvas.getContext("2d");
      if (context === null) throw new Error("this browser cannot draw on a canvas");
      entry = { canvas, context, plane: null, key: "", classes: null };
      this.drawn.set(name, entry);
      if (this.drawn.size > 120) this.drawn.delete(this.drawn.keys().next().value as string);
    }
    const key = `${scene.look.view}`;
    const isOther = entry.plane !== plane || entry.key !== key || entry.classes !== scene.classes;
    const rect = isOther ? WHOLE_TILE : stale;
    if (rect !== null) {
      const part = colorize(plane, unite(null, rect), scene.classes, scene.document.objects, scene.look);
      entry.context.putImageData(part, rect.x0, rect.y0);
      entry.plane = plane;
      entry.key = key;
      entry.classes = scene.classes;
    }
    return entry;
  }

  dispose(): void {
    this.drawn.clear();
  }
}

/** A rectangle of a plane as colours, like the shader's without outlines and patterns. */
function colorize(
  plane: Uint32Array,
  rect: Rect,
  classes: ClassTable,
  objects: ObjectTable,
  look: Look,
): ImageData {
  const width = rect.x1 - rect.x0;
  const out = new ImageData(width, rect.y1 - rect.y0);
  const { data } = out;
  let at = 0;
  for (let row = rect.y0; row < rect.y1; row++) {
    for (let column = rect.x0; column < rect.x1; column++, at += 4) {
      const segment = plane[row * TILE_PX + column] as number;
      const number = objects.classOf(segment);
      const alpha = classes.colors[number * 4 + 3] as number;
      if (number === 0 || alpha === 0) continue;
      const mixed = Math.imul(segment, 2_654_435_761) >>> 0;
      const shade = (mixed ^ (mixed >>> 15)) >>> 0;
      const isObject = segment >= FIRST_OBJECT;
      for (let k = 0; k < 3; k++) {
        const base = classes.colors[number * 4 + k] as number;
        let value = base;
        if (look.view === "instance") value = isObject ? 64 + (((shade >>> (8 * k)) & 127) * 3) / 2 : 128;
        if (look.view === "panoptic" && isObject) value = base * (0.6 + ((shade & 255) / 255) * 0.8);
        data[at + k] = value;
      }
      data[at + 3] = look.view === "instance" && !isObject ? 30 : 255;
    }
  }
  return out;
}
