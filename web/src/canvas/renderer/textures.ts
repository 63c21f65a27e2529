/** Textures by what they hold, uploaded when it changes, dropped when nobody has drawn them for long. */

import { TILE_PX } from "../kernels/runs.ts";
import { isEmpty, type Rect } from "../space.ts";
import { type GL, makeTexture } from "./gl.ts";

interface Entry {
  readonly texture: WebGLTexture;
  used: number;
}

const MAX_PLANES = 220;
const MAX_PICTURES = 170;
const OBJECTS_WIDTH = 4096;

export class Textures {
  private readonly planes = new Map<Uint32Array, Entry>();
  private readonly pictures = new Map<ImageBitmap, Entry>();
  private objects: { texture: WebGLTexture; rows: number } | null = null;
  private tables: { colors: WebGLTexture; flags: WebGLTexture; made: object | null } | null = null;
  readonly blank: WebGLTexture;
  private frame = 0;

  constructor(private readonly gl: GL) {
    this.blank = makeTexture(gl, gl.NEAREST);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32UI, 1, 1, 0, gl.RED_INTEGER, gl.UNSIGNED_INT, new Uint32Array(1));
  }

  beginFrame(): void {
    this.frame += 1;
  }

  /** The texture of a plane of segment ids; only `stale` is sent again. */
  plane(plane: Uint32Array, stale: Rect | null): WebGLTexture {
    const { gl } = this;
    let entry = this.planes.get(plane);
    if (entry === undefined) {
      entry = { texture: makeTexture(gl, gl.NEAREST), used: 0 };
      gl.texStorage2D(gl.TEXTURE_2D, 1, gl.R32UI, TILE_PX, TILE_PX);
      this.send(plane, { x0: 0, y0: 0, x1: TILE_PX, y1: TILE_PX });
      this.planes.set(plane, entry);
    } else if (stale !== null && !isEmpty(stale)) {
      gl.bindTexture(gl.TEXTURE_2D, entry.texture);
      this.send(plane, stale);
    }
    entry.used = this.frame;
    return entry.texture;
  }

  private send(plane: Uint32Array, rect: Rect): void {
    const { gl } = this;
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, TILE_PX);
    gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, rect.x0);
    gl.pixelStorei(gl.UNPACK_SKIP_ROWS, rect.y0);
    gl.texSubImage2D(
      gl.TEXTURE_2D,
      0,
      rect.x0,
      rect.y0,
      rect.x1 - rect.x0,
      rect.y1 - rect.y0,
      gl.RED_INTEGER,
      gl.UNSIGNED_INT,
      plane,
    );
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, 0);
    gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, 0);
    gl.pixelStorei(gl.UNPACK_SKIP_ROWS, 0);
  }

  picture(bitmap: ImageBitmap): WebGLTexture {
    const { gl } = this;
    let entry = this.pictures.get(bitmap);
    if (entry === undefined) {
      entry = { texture: makeTexture(gl, gl.LINEAR), used: 0 };
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
      this.pictures.set(bitmap, entry);
    }
    entry.used = this.frame;
    return entry.texture;
  }

  /** Class numbers by object: 4,096 a row, grown by whole textures, else only what changed. */
  objectClasses(classByIndex: Uint16Array, changed: [number, number] | null): WebGLTexture {
    const { gl } = this;
    const rows = Math.max(1, Math.ceil(classByIndex.length / OBJECTS_WIDTH));
    const isNew = this.objects === null || this.objects.rows < rows;
    if (isNew) {
      if (this.objects !== null) gl.deleteTexture(this.objects.texture);
      this.objects = { texture: makeTexture(gl, gl.NEAREST), rows };
      gl.texStorage2D(gl.TEXTURE_2D, 1, gl.R16UI, OBJECTS_WIDTH, rows);
    }
    const { texture } = this.objects as { texture: WebGLTexture };
    if (isNew || changed !== null) {
      const first = isNew ? 0 : Math.floor((changed as [number, number])[0] / OBJECTS_WIDTH);
      const end = isNew ? rows : Math.ceil((changed as [number, number])[1] / OBJECTS_WIDTH);
      const part = new Uint16Array((end - first) * OBJECTS_WIDTH);
      part.set(classByIndex.subarray(first * OBJECTS_WIDTH, end * OBJECTS_WIDTH));
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 2);
      gl.texSubImage2D(
        gl.TEXTURE_2D,
        0,
        0,
        first,
        OBJECTS_WIDTH,
        end - first,
        gl.RED_INTEGER,
        gl.UNSIGNED_SHORT,
        part,
      );
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    }
    return texture;
  }

  /** Colours and flags of the classes; sent again when the table is another one. */
  classTables(table: { colors: Uint8Array; flags: Uint8Array }): {
    colors: WebGLTexture;
    flags: WebGLTexture;
  } {
    const { gl } = this;
    if (this.tables === null) {
      const colors = makeTexture(gl, gl.NEAREST);
      gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, 256, 256);
      const flags = makeTexture(gl, gl.NEAREST);
      gl.texStorage2D(gl.TEXTURE_2D, 1, gl.R8UI, 256, 256);
      this.tables = { colors, flags, made: null };
    }
    if (this.tables.made !== table) {
      gl.bindTexture(gl.TEXTURE_2D, this.tables.colors);
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, 256, 256, gl.RGBA, gl.UNSIGNED_BYTE, table.colors);
      gl.bindTexture(gl.TEXTURE_2D, this.tables.flags);
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, 256, 256, gl.RED_INTEGER, gl.UNSIGNED_BYTE, table.flags);
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
      this.tables.made = table;
    }
    return this.tables;
  }

  endFrame(): void {
    this.trim(this.planes, MAX_PLANES);
    this.trim(this.pictures, MAX_PICTURES);
  }

  /** Let go of everything; the context may be used again by another renderer. */
  clear(): void {
    for (const { texture } of [...this.planes.values(), ...this.pictures.values()])
      this.gl.deleteTexture(texture);
    this.planes.clear();
    this.pictures.clear();
    for (const texture of [this.objects?.texture, this.tables?.colors, this.tables?.flags, this.blank]) {
      if (texture !== undefined) this.gl.deleteTexture(texture);
    }
  }

  private trim<Key>(entries: Map<Key, Entry>, most: number): void {
    if (entries.size <= most) return;
    const idle = [...entries].filter(([, entry]) => entry.used < this.frame);
    idle.sort(([, a], [, b]) => a.used - b.used);
    for (const [key, entry] of idle.slice(0, entries.size - most)) {
      this.gl.deleteTexture(entry.texture);
      entries.delete(key);
    }
  }
}
