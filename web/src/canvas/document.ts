/**
 * The label map as the editor holds it: tiles, the objects, and the gesture in hand.
 *
 * A gesture copies each tile when it first touches it; its end compares the two and gives a step
 * (see `history.ts`), its cancellation copies back. What a gesture costs depends on the pixels it
 * touches, never on how many objects there are.
 */

import { ClassCounts } from "./counts.ts";
import {
  diffRuns,
  type Runs,
  redoRuns,
  renumberedRuns,
  TILE_AREA,
  TILE_PX,
  undoRuns,
  WHOLE_TILE,
} from "./kernels/runs.ts";
import { type ObjectRow, ObjectTable, renumberedRow } from "./segments.ts";
import { type ImagePoint, intersect, isEmpty, type Rect, unite } from "./space.ts";

export interface Tile {
  readonly index: number;
  readonly row: number;
  readonly column: number;
  plane: Uint32Array;
  /** What the server has; null where that is the same as `plane`. */
  base: Uint32Array | null;
  /** What the renderer has not drawn yet, in the tile's pixels. */
  stale: Rect | null;
}

/** What one gesture changed in one tile. */
export interface TileChange {
  readonly index: number;
  readonly runs: Runs;
}

/** An object row before and after a step; before is null if there was none. */
export interface RowChange {
  readonly before: ObjectRow | null;
  readonly after: ObjectRow;
}

/** What one gesture changed. */
export interface Change {
  readonly tiles: readonly TileChange[];
  readonly rows: readonly RowChange[];
}

/** Which segments may be painted over. */
export interface Locks {
  /** Class numbers that alone may be painted over; null: any. */
  readonly only: ReadonlySet<number> | null;
  /** Class numbers that are protected. */
  readonly protect: ReadonlySet<number>;
}

export const NO_LOCKS: Locks = { only: null, protect: new Set() };

interface Gesture {
  readonly before: Map<number, { copy: Uint32Array; touched: Rect }>;
  readonly rows: RowChange[];
}

export type OnDocument = (event: "pixels" | "objects" | "tiles") => void;

export class LabelDocument {
  readonly tiles = new Map<number, Tile>();
  readonly objects = new ObjectTable();
  readonly columns: number;
  readonly rows: number;
  readonly bounds: Rect;
  readonly counts: ClassCounts;
  locks: Locks = NO_LOCKS;
  private gesture: Gesture | null = null;
  private readonly listeners = new Set<OnDocument>();

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.columns = Math.ceil(width / TILE_PX);
    this.rows = Math.ceil(height / TILE_PX);
    this.bounds = { x0: 0, y0: 0, x1: width, y1: height };
    this.counts = new ClassCounts(width * height);
  }

  onChange(listener: OnDocument): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell(event: Parameters<OnDocument>[0]): void {
    for (const listener of this.listeners) listener(event);
  }

  // Tiles

  /** Indices of the tiles that a rectangle of image pixels lies on. */
  tilesIn(rect: Rect): number[] {
    const inside = intersect(rect, this.bounds);
    if (isEmpty(inside)) return [];
    const found: number[] = [];
    const lastRow = Math.floor((inside.y1 - 1) / TILE_PX);
    const lastColumn = Math.floor((inside.x1 - 1) / TILE_PX);
    for (let row = Math.floor(inside.y0 / TILE_PX); row <= lastRow; row++) {
      for (let column = Math.floor(inside.x0 / TILE_PX); column <= lastColumn; column++) {
        found.push(row * this.columns + column);
      }
    }
    return found;
  }

  hasAll(rect: Rect): boolean {
    return this.tilesIn(rect).every((index) => this.tiles.has(index));
  }

  /** The part of a tile that lies inside the image, in the tile's pixels. */
  insideOf(index: number): Rect {
    const row = Math.floor(index / this.columns);
    const column = index % this.columns;
    return {
      x0: 0,
      y0: 0,
      x1: Math.min(TILE_PX, this.width - column * TILE_PX),
      y1: Math.min(TILE_PX, this.height - row * TILE_PX),
    };
  }

  /** Take in a tile as the server has it. It must not be here already. */
  load(index: number, plane: Uint32Array): Tile {
    const tile: Tile = {
      index,
      row: Math.floor(index / this.columns),
      column: index % this.columns,
      plane,
      base: null,
      stale: WHOLE_TILE,
    };
    this.tiles.set(index, tile);
    this.tell("tiles");
    return tile;
  }

  /** Let go of a tile; one with unsaved changes stays. Returns whether it went. */
  unload(index: number): boolean {
    const tile = this.tiles.get(index);
    if (tile === undefined || tile.base !== null || this.gesture?.before.has(index)) return false;
    this.tiles.delete(index);
    return true;
  }

  /** The segment at a pixel; 0 outside the image or where no tile is loaded. */
  segmentAt(column: number, row: number): number {
    if (column < 0 || row < 0 || column >= this.width || row >= this.height) return 0;
    const index = Math.floor(row / TILE_PX) * this.columns + Math.floor(column / TILE_PX);
    const tile = this.tiles.get(index);
    return tile?.plane[(row % TILE_PX) * TILE_PX + (column % TILE_PX)] ?? 0;
  }

  // Gestures

  get isInGesture(): boolean {
    return this.gesture !== null;
  }

  begin(): void {
    if (this.gesture !== null) throw new Error("a gesture has begun already");
    this.gesture = { before: new Map(), rows: [] };
  }

  /** Make or change an object's row as part of the gesture. */
  putRow(row: ObjectRow): void {
    this.inHand().rows.push({ before: this.objects.rows.get(row.id) ?? null, after: row });
    this.objects.put(row);
    this.tell("objects");
  }

  /** Paint columns [first, end) of a row of the image, as far as the locks allow. */
  paintSpan(row: number, first: number, end: number, segment: number): void {
    if (row < 0 || row >= this.height) return;
    const from = Math.max(0, first);
    const to = Math.min(this.width, end);
    const tileRow = Math.floor(row / TILE_PX);
    const y = row % TILE_PX;
    for (let x = from; x < to; ) {
      const column = Math.floor(x / TILE_PX);
      const last = Math.min(to, (column + 1) * TILE_PX);
      const tile = this.touch(tileRow * this.columns + column, x % TILE_PX, y, last - x);
      const start = y * TILE_PX + (x % TILE_PX);
      if (tile !== null) this.fill(tile.plane, start, start + last - x, segment);
      x = last;
    }
  }

  private fill(plane: Uint32Array, start: number, end: number, segment: number): void {
    const { only, protect } = this.locks;
    if (only === null && protect.size === 0) {
      plane.fill(segment, start, end);
      return;
    }
    for (let p = start; p < end; p++) {
      const there = this.objects.classOf(plane[p] as number);
      if ((only === null || only.has(there)) && !protect.has(there)) plane[p] = segment;
    }
  }

  private touch(index: number, x: number, y: number, length: number): Tile | null {
    const tile = this.tiles.get(index);
    if (tile === undefined) return null;
    const span: Rect = { x0: x, y0: y, x1: x + length, y1: y + 1 };
    const gesture = this.inHand();
    const known = gesture.before.get(index);
    if (known === undefined) gesture.before.set(index, { copy: tile.plane.slice(), touched: span });
    else known.touched = unite(known.touched, span);
    tile.stale = unite(tile.stale, span);
    return tile;
  }

  /** Say that the pixels painted so far should be drawn. */
  show(): void {
    this.tell("pixels");
  }

  /** End the gesture; null if it changed nothing. */
  commit(): Change | null {
    const gesture = this.inHand();
    this.gesture = null;
    const tiles: TileChange[] = [];
    for (const [index, { copy, touched }] of gesture.before) {
      const tile = this.tiles.get(index) as Tile;
      const runs = diffRuns(copy, tile.plane, touched);
      if (runs.length === 0) continue;
      tile.base ??= copy;
      this.count(runs);
      tiles.push({ index, runs });
    }
    if (tiles.length === 0) {
      // An object that got no pixel is no object.
      this.takeBackRows(gesture.rows);
      return null;
    }
    this.tell("pixels");
    return { tiles, rows: gesture.rows };
  }

  /** Throw the gesture away. */
  cancel(): void {
    const gesture = this.inHand();
    this.gesture = null;
    for (const [index, { copy, touched }] of gesture.before) {
      const tile = this.tiles.get(index) as Tile;
      tile.plane = copy;
      tile.stale = unite(tile.stale, touched);
    }
    this.takeBackRows(gesture.rows);
    this.tell("pixels");
  }

  private takeBackRows(rows: readonly RowChange[]): void {
    for (const { before, after } of [...rows].reverse()) {
      if (before !== null) this.objects.put(before);
      else this.objects.rows.delete(after.id);
    }
    if (rows.length > 0) this.tell("objects");
  }

  private inHand(): Gesture {
    if (this.gesture === null) throw new Error("no gesture has begun");
    return this.gesture;
  }

  /** Change an object's row outside a gesture. */
  changeRow(row: ObjectRow): Change {
    const before = this.objects.rows.get(row.id) ?? null;
    this.setRow(row);
    this.tell("objects");
    this.tell("pixels");
    return { tiles: [], rows: [{ before, after: row }] };
  }

  /** Put a row; where its class changes, the pixels that are loaded count for the new one. */
  setRow(row: ObjectRow): void {
    const isKnown = this.objects.rows.has(row.id);
    const from = this.objects.classOf(row.id);
    this.objects.put(row);
    const to = this.objects.classOf(row.id);
    if (!isKnown || from === to) return;
    let pixels = 0;
    for (const tile of this.tiles.values())
      for (const segment of tile.plane) if (segment === row.id) pixels++;
    this.counts.move(from, to, pixels);
  }

  // Steps

  /**
   * Undo (or redo) a change where its pixels still hold what it wrote (or found). Returns what was
   * really changed, to be saved like a gesture, and how many pixels were left alone.
   */
  swap(change: Change, how: "undo" | "redo"): { change: Change; skipped: number } {
    const kernel = how === "undo" ? undoRuns : redoRuns;
    const rows = change.rows.map(({ before, after }): RowChange => {
      const gone: ObjectRow = { id: after.id, classNumber: null, attributes: {} };
      const next = how === "undo" ? (before ?? gone) : after;
      const now = this.objects.rows.get(after.id) ?? null;
      this.setRow(next);
      return { before: now, after: next };
    });
    const tiles: TileChange[] = [];
    let skipped = 0;
    for (const { index, runs } of change.tiles) {
      const tile = this.tiles.get(index);
      if (tile === undefined) throw new Error("a tile of the step is not loaded");
      const before = tile.base === null ? tile.plane.slice() : null;
      const found: number[] = [];
      skipped += kernel(tile.plane, runs, (start, length, was, is) => found.push(start, length, was, is));
      if (found.length === 0) continue;
      tile.base ??= before;
      const done = Uint32Array.from(found);
      this.count(done);
      tile.stale = WHOLE_TILE;
      tiles.push({ index, runs: done });
    }
    if (rows.length > 0) this.tell("objects");
    this.tell("pixels");
    return { change: { tiles, rows }, skipped };
  }

  /** Replace a tile's pixels with what the server says (unsaved changes were merged before). */
  replace(tile: Tile, plane: Uint32Array): void {
    this.count(diffRuns(tile.plane, plane, WHOLE_TILE));
    tile.plane = plane;
    tile.stale = WHOLE_TILE;
  }

  /** Move what changed from class to class in the counts. */
  private count(runs: Runs): void {
    for (let k = 0; k < runs.length; k += 4) {
      const was = this.objects.classOf(runs[k + 2] as number);
      this.counts.move(was, this.objects.classOf(runs[k + 3] as number), runs[k + 1] as number);
    }
  }

  /** The middle of a run of pixels of a tile that is not labelled, inside `bounds`; null if all is. */
  firstUnlabelled(index: number, bounds: Rect): ImagePoint | null {
    const tile = this.tiles.get(index);
    if (tile === undefined) return null;
    const inside = intersect(bounds, {
      x0: tile.column * TILE_PX,
      y0: tile.row * TILE_PX,
      x1: Math.min(this.width, (tile.column + 1) * TILE_PX),
      y1: Math.min(this.height, (tile.row + 1) * TILE_PX),
    });
    for (let y = inside.y0; y < inside.y1; y++) {
      for (let x = inside.x0; x < inside.x1; x++) {
        if (this.segmentAt(x, y) !== 0) continue;
        let end = x;
        while (end + 1 < inside.x1 && this.segmentAt(end + 1, y) === 0) end++;
        return { x: (x + end + 1) / 2, y: y + 0.5 };
      }
    }
    return null;
  }
}

/** The change with objects under their new ids. */
export function renumberedChange(change: Change, newByOld: ReadonlyMap<number, number>): Change {
  return {
    tiles: change.tiles.map(({ index, runs }) => ({ index, runs: renumberedRuns(runs, newByOld) })),
    rows: change.rows.map(({ before, after }) => ({
      before: before === null ? null : renumberedRow(before, newByOld),
      after: renumberedRow(after, newByOld),
    })),
  };
}

export const blankPlane = (): Uint32Array => new Uint32Array(TILE_AREA);
