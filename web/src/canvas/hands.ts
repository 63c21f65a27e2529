/**
 * What the person's hands do: pointer and keyboard become gestures of the chosen tool, and those
 * paint with the chosen class, or with an object of it.
 */

import type { Choice } from "./choice.ts";
import type { LabelDocument } from "./document.ts";
import { Gestures } from "./gestures.ts";
import { KeyPointer } from "./key_pointer.ts";
import type { LabelTiles } from "./loader.ts";
import { UNLABELLED } from "./segments.ts";
import { type ImagePoint, imageFromScreen, type Rect, type ScreenPoint } from "./space.ts";
import type { Steps } from "./steps.ts";
import { fillUnlabelled } from "./tools/fill.ts";
import { toolOf } from "./tools/index.ts";
import type { Superpixels } from "./tools/superpixels.ts";
import type { Input, Sketch, ToolContext } from "./tools/tool.ts";
import type { Viewport } from "./viewport.ts";

export interface HandEvents {
  pointer(at: ImagePoint | null, segment: number): void;
  picked(segment: number): void;
  say(text: string): void;
  failed(error: unknown): void;
  redraw(): void;
}

/** What the hands work on. */
export interface Workplace {
  readonly document: LabelDocument;
  readonly tiles: LabelTiles;
  readonly superpixels: Superpixels;
  readonly viewport: Viewport;
  readonly steps: Steps;
  /** The part of the image that is to be labelled. */
  readonly area: Rect;
  takeObjectId(): number;
}

export class Hands {
  /** Where the pointer is, in CSS pixels of the canvas. */
  pointer: ScreenPoint | null = null;
  sketch: Sketch | null = null;
  isSpaceHeld = false;
  private readonly gestures: Gestures;
  private readonly keyPointer: KeyPointer;
  private currentObject: number | null = null;
  private lastPoint: ImagePoint | null = null;

  constructor(
    private readonly place: Workplace,
    private choice: Choice,
    private readonly events: HandEvents,
  ) {
    const { document } = place;
    this.keyPointer = new KeyPointer(place.viewport);
    this.gestures = new Gestures(document, place.tiles, {
      committed: (tool) => place.steps.commit(tool.step),
      cancelled: () => {
        if (document.isInGesture) document.cancel();
      },
    });
  }

  choose(choice: Choice): void {
    const before = this.choice;
    this.choice = choice;
    const startsAnew =
      before.classNumber !== choice.classNumber ||
      before.tool !== choice.tool ||
      before.paintsObjects !== choice.paintsObjects;
    if (startsAnew) this.currentObject = null;
    if (before.tool !== choice.tool) this.gestures.cancel();
  }

  get isInGesture(): boolean {
    return this.gestures.isActive;
  }

  get keyPointerAt(): ImagePoint | null {
    return this.keyPointer.at;
  }

  get isPanning(): boolean {
    return this.isSpaceHeld || this.choice.tool === "pan";
  }

  get locksForServer(): { only: number[] | null; protect: number[] } {
    const { only, protect } = this.choice.locks;
    return { only: only === null ? null : [...only], protect: [...protect] };
  }

  /** Throw the gesture under way away; returns whether there was one. */
  cancel(): boolean {
    const wasActive = this.gestures.isActive;
    this.gestures.cancel();
    return wasActive;
  }

  /** The next stroke begins a new object. */
  beginNewObject(): void {
    this.currentObject = null;
  }

  /** Enter and Backspace go to the gesture; returns whether there was one. */
  pressKey(kind: "enter" | "backspace", shift: boolean, alt: boolean): boolean {
    if (!this.gestures.isActive) return false;
    this.gestures.feed({ kind, shift, alt });
    return true;
  }

  /** Give the chosen class to everything that is not labelled and whose tiles are here. */
  fillUnlabelled(): void {
    if (this.place.document.isInGesture) return;
    fillUnlabelled(this.context());
    this.place.steps.commit("Fill unlabelled");
  }

  take(input: Input): void {
    if (this.gestures.isActive) {
      this.gestures.feed(input);
      return;
    }
    if (input.kind !== "down") return;
    const tool = toolOf(this.choice.tool);
    if (tool.id !== "pick" && !this.place.viewport.canPaint) {
      this.events.say("Zoom in to paint: one screen pixel covers too many image pixels here.");
      return;
    }
    this.gestures.start(tool, this.context(), input);
  }

  hover(screen: ScreenPoint | null): void {
    this.pointer = screen;
    if (screen !== null) this.keyPointer.at = null;
    this.tellPointer();
  }

  /** Say anew where the pointer is and what lies under it. */
  tellPointer(): void {
    const { document, viewport } = this.place;
    const { pointer } = this;
    const at = pointer === null ? this.keyPointer.at : imageFromScreen(viewport.camera, pointer);
    const segment = at === null ? UNLABELLED : document.segmentAt(Math.floor(at.x), Math.floor(at.y));
    this.events.pointer(at, segment);
    this.events.redraw();
  }

  /** Move the keyboard's pointer; a gesture that is under way goes along. */
  moveKeyPointer(dx: number, dy: number, isLarge: boolean): void {
    const input = this.keyPointer.move(dx, dy, isLarge);
    this.pointer = null;
    if (this.gestures.isActive) this.gestures.feed(input);
    this.tellPointer();
  }

  /** Press at the keyboard's pointer: begins a stroke, or ends the one under way. */
  pressKeyPointer(): void {
    const { tool } = this.gestures;
    const ends = tool !== null && tool.id !== "polygon";
    this.take(this.keyPointer.input(ends ? "up" : "down"));
    if (this.gestures.tool?.id === "polygon") this.take(this.keyPointer.input("up"));
    this.events.redraw();
  }

  private context(): ToolContext {
    const hands = this;
    const { document, superpixels, viewport, area, steps } = this.place;
    return {
      document,
      settings: this.choice.settings,
      superpixels,
      image: area,
      scale: () => viewport.camera.scale,
      begin: (what) => this.beginPainting(what),
      spans: (segment) => (row, first, end) => document.paintSpan(row, first, end, segment),
      sketch: (sketch) => {
        this.sketch = sketch;
        this.events.redraw();
      },
      onServer: (operation) => {
        const located = { ...operation, locks: this.locksForServer };
        steps.doOnServer("Fill", located).catch(this.events.failed);
      },
      pick: this.events.picked,
      pan: (dx, dy) => viewport.panBy(dx, dy),
      say: this.events.say,
      get lastPoint() {
        return hands.lastPoint;
      },
      set lastPoint(point) {
        hands.lastPoint = point;
      },
    };
  }

  private beginPainting(what: "paint" | "erase"): number {
    const { document } = this.place;
    document.begin();
    const { classNumber, paintsObjects } = this.choice;
    if (what === "erase" || classNumber === UNLABELLED) return UNLABELLED;
    if (!paintsObjects) return classNumber;
    if (this.currentObject === null || !document.objects.rows.has(this.currentObject)) {
      this.currentObject = this.place.takeObjectId();
      document.putRow({ id: this.currentObject, classNumber, attributes: {} });
    }
    return this.currentObject;
  }
}
