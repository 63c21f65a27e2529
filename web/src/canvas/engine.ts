/**
 * The canvas as one thing: document, sync, tools and renderer wired together. The page around it
 * sets what is chosen (`Choice`) and listens to `EngineEvents`; it never touches a pixel.
 */

import type { Choice } from "./choice.ts";
import { LabelDocument } from "./document.ts";
import { Hands } from "./hands.ts";
import { History } from "./history.ts";
import { listen } from "./input.ts";
import { TILE_PX } from "./kernels/runs.ts";
import { LabelTiles } from "./loader.ts";
import { type ClassLook, classTable, DEFAULT_LOOK } from "./look.ts";
import { Overlay } from "./overlay.ts";
import { type FetchPlanes, Planes } from "./planes.ts";
import { Canvas2DRenderer } from "./renderer/canvas2d.ts";
import { type FetchPicture, PictureTiles } from "./renderer/pictures.ts";
import { labelLevel, type Renderer } from "./renderer/renderer.ts";
import { Sharpness } from "./renderer/sharpness.ts";
import { levelFor, type Pyramid, tilesUnder } from "./renderer/tiles.ts";
import { WebGLRenderer } from "./renderer/webgl.ts";
import type { ObjectRow } from "./segments.ts";
import { type Camera, type ImagePoint, type Rect, visible } from "./space.ts";
import { Steps } from "./steps.ts";
import type { Journal } from "./sync/journal.ts";
import type { LabelServer } from "./sync/server.ts";
import { type Conflict, Sync, type SyncState } from "./sync/sync.ts";
import { MAX_TILES } from "./tools/fill.ts";
import { type FetchSuperpixels, Superpixels } from "./tools/superpixels.ts";
import { Viewport } from "./viewport.ts";

export interface EngineEvents {
  sync(state: SyncState): void;
  history(history: { undo: string | null; redo: string | null }): void;
  /** Pixels per class changed. */
  coverage(): void;
  objects(): void;
  conflicts(found: readonly Conflict[]): void;
  arrived(by: readonly string[]): void;
  saved(revision: number): void;
  pointer(at: ImagePoint | null, segment: number): void;
  camera(camera: Camera, canPaint: boolean): void;
  picked(segment: number): void;
  resizeBrush(steps: number): void;
  split(share: number): void;
  say(text: string): void;
  failed(error: unknown): void;
}

export interface EngineStart {
  readonly pyramid: Pyramid;
  readonly revision: number;
  readonly nextObject: number;
  readonly objects: readonly ObjectRow[];
  readonly pixelsByClass: ReadonlyMap<number, number>;
  /** The part of the image that is to be labelled; null: all of it. */
  readonly window: Rect | null;
}

export interface EngineServices {
  readonly server: LabelServer;
  readonly journal: Journal;
  readonly fetchPicture: FetchPicture;
  readonly fetchOverviews: FetchPlanes;
  readonly fetchSuperpixels: FetchSuperpixels;
}

const SEARCHED_AT_ONCE = 8;
const MAX_CONFLICTS = 50;

export class CanvasEngine {
  readonly document: LabelDocument;
  readonly sync: Sync;
  readonly steps: Steps;
  readonly viewport: Viewport;
  readonly hands: Hands;
  private readonly renderer: Renderer;
  private readonly overlay: Overlay;
  private readonly sharpness: Sharpness;
  private readonly tiles: LabelTiles;
  private readonly pictures: PictureTiles;
  private readonly overviews: Planes;
  private readonly superpixels: Superpixels;
  private readonly stops: (() => void)[];
  private classes: readonly ClassLook[] = [];
  private resolved: ReadonlyMap<number, number> = new Map();
  private table = classTable([], new Map(), DEFAULT_LOOK);
  private conflicts: readonly Rect[] = [];
  private other: Planes | null = null;
  private isScheduled = false;
  private isClosed = false;

  constructor(
    canvas: HTMLCanvasElement,
    overlayCanvas: HTMLCanvasElement,
    private readonly start: EngineStart,
    services: EngineServices,
    private readonly events: EngineEvents,
    private choice: Choice,
  ) {
    const { pyramid } = start;
    const history = new History();
    this.document = new LabelDocument(pyramid.width, pyramid.height);
    this.document.locks = choice.locks;
    for (const row of start.objects) this.document.objects.put(row);
    this.document.counts.replace(start.pixelsByClass);
    const redraw = (): void => this.redraw();
    this.renderer = WebGLRenderer.create(canvas, redraw) ?? new Canvas2DRenderer(canvas);
    this.overlay = new Overlay(overlayCanvas);
    this.sharpness = new Sharpness(redraw);
    this.pictures = new PictureTiles(pyramid, services.fetchPicture, redraw, events.failed);
    this.overviews = new Planes(services.fetchOverviews, redraw, events.failed);
    this.superpixels = new Superpixels(services.fetchSuperpixels, redraw);
    this.sync = new Sync(this.document, history, services.server, services.journal, this.syncEvents(), start);
    this.tiles = new LabelTiles(this.document, services.server, () => this.sync.revision, events.failed);
    this.steps = new Steps(this.document, history, this.sync, this.tiles, {
      ...events,
      overviewsChanged: () => this.overviews.forget(),
    });
    this.viewport = new Viewport(
      canvas,
      this.document.bounds,
      start.window ?? this.document.bounds,
      (camera) => {
        overlayCanvas.dataset["camera"] = `${camera.scale} ${camera.x} ${camera.y}`;
        events.camera(camera, this.viewport.canPaint);
        this.redraw();
      },
      redraw,
    );
    this.hands = new Hands(
      {
        document: this.document,
        tiles: this.tiles,
        superpixels: this.superpixels,
        viewport: this.viewport,
        steps: this.steps,
        area: start.window ?? this.document.bounds,
        takeObjectId: () => this.sync.takeObjectId(),
      },
      choice,
      { ...events, redraw },
    );
    this.stops = [
      this.document.onChange((what) => {
        if (what === "objects") events.objects();
        this.hands.tellPointer();
      }),
      this.listenToPerson(overlayCanvas),
      this.viewport.watch(),
    ];
  }

  private syncEvents() {
    const { events } = this;
    return {
      state: events.sync,
      conflicts: (found: readonly Conflict[]) => {
        this.conflicts = [...this.conflicts, ...found.map((one) => one.area)].slice(-MAX_CONFLICTS);
        events.conflicts(found);
        this.redraw();
      },
      arrived: (by: readonly string[]) => {
        this.overviews.forget();
        events.coverage();
        events.arrived(by);
      },
      saved: (revision: number) => {
        this.overviews.forget();
        events.saved(revision);
      },
    };
  }

  // What the page sets

  setChoice(choice: Choice): void {
    const { look: before } = this.choice;
    this.choice = choice;
    this.document.locks = choice.locks;
    this.hands.choose(choice);
    const { look } = choice;
    if (before.hidden !== look.hidden || before.solo !== look.solo) this.retable();
    this.redraw();
  }

  setClasses(classes: readonly ClassLook[], resolved: ReadonlyMap<number, number>): void {
    this.classes = classes;
    this.resolved = resolved;
    this.retable();
    this.redraw();
  }

  /** Another set of labels to compare with: a prediction, an earlier revision. */
  setOther(fetchPlanes: FetchPlanes | null): void {
    const { failed } = this.events;
    this.other = fetchPlanes === null ? null : new Planes(fetchPlanes, () => this.redraw(), failed);
    this.redraw();
  }

  /** Show the picture's pixels anew: other bands were chosen. */
  reloadPictures(): void {
    this.pictures.clear();
    this.redraw();
  }

  forgetConflicts(): void {
    this.conflicts = [];
    this.redraw();
  }

  zoomBy(factor: number): void {
    this.viewport.zoomBy(factor, this.hands.pointer);
  }

  // Gestures and steps

  /** Undo or redo; during a gesture, that is thrown away instead. */
  async swap(how: "undo" | "redo"): Promise<void> {
    if (this.hands.cancel()) return;
    this.hands.beginNewObject();
    await this.steps.swap(how);
  }

  /** Give the chosen class to everything that is not labelled. */
  async fillUnlabelled(): Promise<void> {
    const { document } = this;
    if (this.hands.isInGesture) return;
    if (document.rows * document.columns > MAX_TILES) {
      const segment = this.choice.classNumber;
      await this.steps.doOnServer("Fill unlabelled", { kind: "fill-unlabelled", segment });
      return;
    }
    await this.tiles.ensure(document.tilesIn(document.bounds));
    this.hands.fillUnlabelled();
  }

  private listenToPerson(element: HTMLElement): () => void {
    const { events } = this;
    return listen(
      element,
      {
        camera: () => this.viewport.camera,
        limits: () => this.viewport.limits,
        isPanning: () => this.hands.isPanning,
        splitX: () => this.splitX,
      },
      {
        input: (input) => this.hands.take(input),
        hover: (screen) => this.hands.hover(screen),
        camera: (camera) => this.viewport.set(camera),
        resizeBrush: events.resizeBrush,
        splitDragged: events.split,
      },
    );
  }

  /** Go to the nearest place that is not labelled; false if there is none. */
  async goToUnlabelled(): Promise<boolean> {
    const { document } = this;
    const bounds = this.start.window ?? document.bounds;
    const from = this.viewport.middle;
    const awayFrom = (index: number): number => {
      const x = ((index % document.columns) + 0.5) * TILE_PX;
      return Math.hypot(x - from.x, (Math.floor(index / document.columns) + 0.5) * TILE_PX - from.y);
    };
    const indices = document.tilesIn(bounds).sort((a, b) => awayFrom(a) - awayFrom(b));
    for (let k = 0; k < indices.length; k += SEARCHED_AT_ONCE) {
      const some = indices.slice(k, k + SEARCHED_AT_ONCE);
      await this.tiles.ensure(some);
      for (const index of some) {
        const found = document.firstUnlabelled(index, bounds);
        if (found === null) continue;
        this.viewport.centreOn(found, 1);
        return true;
      }
    }
    return false;
  }

  // Drawing

  redraw(): void {
    if (this.isScheduled || this.isClosed) return;
    this.isScheduled = true;
    requestAnimationFrame((now) => {
      this.isScheduled = false;
      if (this.isClosed) return;
      this.draw(now);
      // For whoever waits for the picture from outside: tests and measurements.
      this.overlay.canvas.dataset["settled"] = String(this.isSettled);
    });
  }

  private draw(now: number): void {
    const { document, choice, other } = this;
    const { camera, size } = this.viewport;
    const { pyramid } = this.start;
    const shown = visible(camera, size.width, size.height, document.bounds);
    const level = labelLevel({ camera, pyramid });
    const places = tilesUnder(shown, level, pyramid);
    this.pictures.want(tilesUnder(shown, levelFor(camera.scale, size.dpr, pyramid.levels), pyramid));
    if (level === 0) this.tiles.want(places.map((place) => place.row * document.columns + place.column));
    else this.overviews.want(places);
    if (choice.look.compare !== "off") other?.want(places);
    const { pictures, overviews } = this;
    const classes = this.table;
    const { look } = choice;
    const dpr = size.dpr * this.sharpness.next(camera, now);
    this.renderer.draw({
      camera,
      ...size,
      dpr,
      pyramid,
      document,
      pictures,
      overviews,
      other,
      look,
      classes,
    });
    this.overlay.draw({
      camera,
      ...size,
      pointer: this.hands.pointer,
      keyPointer: this.hands.keyPointerAt,
      tool: choice.tool,
      settings: choice.settings,
      color: this.colorOf(choice.classNumber),
      sketch: this.hands.sketch,
      conflicts: this.conflicts,
      window: this.start.window,
      splitX: this.splitX,
      canPaint: this.viewport.canPaint,
    });
  }

  private get splitX(): number | null {
    const { look } = this.choice;
    return look.compare === "split" && this.other !== null ? look.splitAt * this.viewport.size.width : null;
  }

  private colorOf(number: number): string {
    const color = this.classes.find((c) => c.number === number)?.color ?? [255, 255, 255];
    return `rgb(${color.join(" ")})`;
  }

  private retable(): void {
    this.table = classTable(this.classes, this.resolved, this.choice.look);
  }

  get rendererKind(): Renderer["kind"] {
    return this.renderer.kind;
  }

  /** Whether everything that the screen shows is here and drawn. */
  get isSettled(): boolean {
    return !this.isScheduled && this.pictures.isComplete && this.sharpness.share === 1;
  }

  close(): void {
    this.isClosed = true;
    this.hands.cancel();
    for (const stop of this.stops) stop();
    this.sync.close();
    this.sharpness.stop();
    this.pictures.clear();
    this.renderer.dispose();
  }
}
