/** Drawing with WebGL2: one draw call a tile, whatever is painted on it. */

import { sizeCanvas } from "../backing.ts";
import { WHOLE_TILE } from "../kernels/runs.ts";
import type { Look } from "../look.ts";
import { type Rect, visible } from "../space.ts";
import { type GL, makeProgram, makeSquare, type Program } from "./gl.ts";
import { labelLevel, picturesOf, type Renderer, type Scene, showsPixels } from "./renderer.ts";
import { LABEL_FRAGMENT, PICTURE_FRAGMENT, TILE_VERTEX } from "./shaders.ts";
import { Textures } from "./textures.ts";
import { areaOf, clipPlace, type TilePlace, tilesUnder } from "./tiles.ts";

const VIEWS = { semantic: 0, instance: 1, panoptic: 2 } as const;
const FILLS = { fill: 0, outline: 1, pattern: 2 } as const;

interface Parts {
  readonly pictures: Program;
  readonly labels: Program;
  readonly textures: Textures;
}

export class WebGLRenderer implements Renderer {
  readonly kind = "webgl2";
  private parts: Parts | null;
  private readonly onLost = (event: Event): void => {
    event.preventDefault();
    this.parts = null;
  };
  private readonly onRestored = (): void => {
    this.parts = this.make();
    this.redraw();
  };

  private constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly gl: GL,
    private readonly redraw: () => void,
  ) {
    this.parts = this.make();
    canvas.addEventListener("webglcontextlost", this.onLost);
    canvas.addEventListener("webglcontextrestored", this.onRestored);
  }

  /** A renderer, or null where the browser has no WebGL2. `redraw` is asked for after a lost context. */
  static create(canvas: HTMLCanvasElement, redraw: () => void): WebGLRenderer | null {
    const gl = canvas.getContext("webgl2", {
      alpha: false,
      antialias: false,
      depth: false,
      powerPreference: "high-performance",
    });
    return gl === null ? null : new WebGLRenderer(canvas, gl, redraw);
  }

  private make(): Parts {
    const { gl } = this;
    makeSquare(gl);
    return {
      pictures: makeProgram(gl, TILE_VERTEX, PICTURE_FRAGMENT),
      labels: makeProgram(gl, TILE_VERTEX, LABEL_FRAGMENT),
      textures: new Textures(gl),
    };
  }

  draw(scene: Scene): void {
    const { gl, parts } = this;
    if (parts === null || gl.isContextLost()) return;
    sizeCanvas(this.canvas, scene);
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clearColor(0.13, 0.125, 0.115, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    parts.textures.beginFrame();
    const shown = visible(scene.camera, scene.width, scene.height, scene.document.bounds);
    this.drawPictures(parts, scene, shown);
    if (!scene.look.isPeeking) this.drawLabels(parts, scene, shown);
    parts.textures.endFrame();
  }

  private drawPictures(parts: Parts, scene: Scene, shown: Rect): void {
    const { gl } = this;
    const { pictures: program, textures } = parts;
    const { look, pyramid } = scene;
    gl.useProgram(program.handle);
    gl.disable(gl.BLEND);
    gl.uniform1i(program.at("picture"), 0);
    gl.uniform1f(program.at("brightness"), look.brightness);
    gl.uniform1f(program.at("contrast"), look.contrast);
    gl.uniform1f(program.at("gamma"), look.gamma);
    gl.activeTexture(gl.TEXTURE0);
    for (const { place, bitmap } of picturesOf(scene, shown)) {
      gl.bindTexture(gl.TEXTURE_2D, textures.picture(bitmap));
      const filter = showsPixels(scene, place) ? gl.NEAREST : gl.LINEAR;
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, filter);
      gl.uniform2f(program.at("size"), bitmap.width, bitmap.height);
      gl.uniform2f(program.at("pixels"), bitmap.width, bitmap.height);
      this.place(program, scene, areaOf(place, pyramid));
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    }
  }

  private drawLabels(parts: Parts, scene: Scene, shown: Rect): void {
    const { gl } = this;
    const { labels: program, textures } = parts;
    const { document, look, pyramid } = scene;
    gl.useProgram(program.handle);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    const level = labelLevel(scene);
    this.setLook(program, scene, look, level);
    const tables = textures.classTables(scene.classes);
    const objects = textures.objectClasses(document.objects.classByIndex, document.objects.changed);
    document.objects.changed = null;
    for (const [unit, texture] of [
      [4, objects],
      [5, tables.colors],
      [6, tables.flags],
    ] as const) {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
    }
    for (const place of tilesUnder(shown, level, pyramid)) this.drawLabelTile(parts, scene, place);
    if (level === 0) {
      for (const tile of document.tiles.values()) {
        // What is off screen is sent when it comes on: the whole tile, once.
        if (tile.stale !== null) tile.stale = WHOLE_TILE;
      }
    }
  }

  private drawLabelTile(parts: Parts, scene: Scene, place: TilePlace): void {
    const { gl } = this;
    const { labels: program, textures } = parts;
    const { document, pyramid } = scene;
    const planeOf = (row: number, column: number): WebGLTexture | null => {
      if (place.level > 0) {
        const plane = scene.overviews.get({ level: place.level, row, column });
        return plane ? textures.plane(plane, null) : null;
      }
      if (column >= document.columns || row >= document.rows) return null;
      const tile = document.tiles.get(row * document.columns + column);
      if (tile === undefined) return null;
      const texture = textures.plane(tile.plane, tile.stale);
      tile.stale = null;
      return texture;
    };
    const own = planeOf(place.row, place.column);
    const isEmptyOverview =
      place.level > 0 && scene.overviews.get(place) === null && scene.look.showUnlabelled;
    const otherPlane = scene.look.compare === "off" ? null : (scene.other?.get(place) ?? null);
    if (own === null && !isEmptyOverview && otherPlane === null) return;
    const right = planeOf(place.row, place.column + 1);
    const below = planeOf(place.row + 1, place.column);
    const other = otherPlane === null ? null : textures.plane(otherPlane, null);
    const bound = [
      own ?? textures.blank,
      right ?? textures.blank,
      below ?? textures.blank,
      other ?? textures.blank,
    ];
    bound.forEach((texture, unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
    });
    const area = areaOf(place, pyramid);
    const usedX = Math.ceil((area.x1 - area.x0) / 2 ** place.level);
    const usedY = Math.ceil((area.y1 - area.y0) / 2 ** place.level);
    gl.uniform2i(program.at("used"), own === null ? 1 : usedX, own === null ? 1 : usedY);
    gl.uniform3i(program.at("has"), right ? 1 : 0, below ? 1 : 0, other ? 1 : 0);
    gl.uniform2f(program.at("pixels"), usedX, usedY);
    this.place(program, scene, area);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  private setLook(program: Program, scene: Scene, look: Look, level: number): void {
    const { gl } = this;
    for (const [unit, name] of [
      "segments",
      "right",
      "below",
      "other",
      "objects",
      "colors",
      "flags",
    ].entries()) {
      gl.uniform1i(program.at(name), unit);
    }
    let compare = 0;
    if (scene.other !== null) {
      if (look.compare === "split") compare = 1;
      if (look.compare === "blink" && look.blinkOther) compare = 2;
      if (look.compare === "difference") compare = 3;
    }
    gl.uniform1i(program.at("view"), VIEWS[look.view]);
    gl.uniform1i(program.at("fill"), FILLS[look.fill]);
    gl.uniform1i(program.at("compare"), compare);
    gl.uniform1f(program.at("splitX"), look.splitAt * scene.width * scene.dpr);
    gl.uniform1f(program.at("opacity"), look.opacity);
    gl.uniform1f(program.at("scale"), scene.camera.scale * 2 ** level * scene.dpr);
    gl.uniform1f(program.at("dpr"), scene.dpr);
    gl.uniform1i(program.at("showUnlabelled"), look.showUnlabelled ? 1 : 0);
  }

  private place(program: Program, scene: Scene, area: Rect): void {
    const [left, top, width, height] = clipPlace(area, scene.camera, scene.width, scene.height);
    this.gl.uniform4f(program.at("place"), left, top, width, height);
  }

  dispose(): void {
    this.canvas.removeEventListener("webglcontextlost", this.onLost);
    this.canvas.removeEventListener("webglcontextrestored", this.onRestored);
    this.parts?.textures.clear();
    this.parts = null;
  }
}
