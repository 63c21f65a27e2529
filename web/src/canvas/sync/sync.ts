/**
 * Keeping the document and the server together.
 *
 * Every gesture goes to the journal first, then to the server in a save that starts from the
 * revision that all loaded tiles have. What others saved comes back merged, pixel by pixel, into
 * what is not saved yet. One request at a time: saves and catching up take turns.
 */

import { type Change, type LabelDocument, renumberedChange, type Tile } from "../document.ts";
import type { History } from "../history.ts";
import { isEqual, mergeTheirs } from "../kernels/merge.ts";
import { renumberPlane, TILE_PX } from "../kernels/runs.ts";
import { type ObjectRow, renumberedRow } from "../segments.ts";
import { type Rect, unite } from "../space.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import {
  type LabelServer,
  type OperationAnswer,
  Refused,
  type SaveAnswer,
  type SaveRequest,
  type ServerOperation,
  Unreachable,
} from "./server.ts";

export type SyncState =
  | { readonly kind: "saved" }
  | { readonly kind: "unsaved" }
  | { readonly kind: "saving" }
  | { readonly kind: "offline"; readonly strokes: number }
  | { readonly kind: "refused"; readonly message: string; readonly hint: string | null };

/** Where both sides painted the same pixels, in image pixels. */
export interface Conflict {
  readonly area: Rect;
  readonly pixels: number;
}

export interface SyncEvents {
  state(state: SyncState): void;
  conflicts(found: readonly Conflict[]): void;
  /** Others' strokes came in. */
  arrived(by: readonly string[]): void;
  /** A save was acknowledged as this revision. */
  saved(revision: number): void;
}

export interface SyncSettings {
  /** A save begins so long after the last gesture. */
  readonly delayMs: number;
  /** But no longer than that after the first unsaved one. */
  readonly longestMs: number;
  readonly retryMs: readonly number[];
}

export const DEFAULT_SETTINGS: SyncSettings = {
  delayMs: 400,
  longestMs: 1500,
  retryMs: [300, 600, 1200, 2500, 5000],
};

interface OnItsWay {
  readonly request: SaveRequest;
  readonly upTo: number;
  /** Set once the server has it; what others did may still have to be fetched. */
  answer: SaveAnswer | null;
}

export class Sync {
  revision: number;
  nextObject: number;
  private state: SyncState = { kind: "saved" };
  private sequence = 0;
  private epoch = 0;
  /** Entries that the server has not acknowledged. */
  private pending: JournalEntry[] = [];
  private readonly rows = new Map<number, ObjectRow>();
  private onItsWay: OnItsWay | null = null;
  private newest: number;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private waitingSince: number | null = null;
  private retries = 0;
  private pumping: Promise<void> | null = null;
  private writing: Promise<void> = Promise.resolve();
  private isClosed = false;
  /** The kind and message of the next save; drafts taken from a prediction say so. */
  private origin: { kind: SaveRequest["kind"]; message: string } = { kind: "edit", message: "" };

  constructor(
    private readonly document: LabelDocument,
    private readonly history: History,
    private readonly server: LabelServer,
    private readonly journal: Journal,
    private readonly events: SyncEvents,
    start: { readonly revision: number; readonly nextObject: number },
    private readonly settings: SyncSettings = DEFAULT_SETTINGS,
  ) {
    this.revision = start.revision;
    this.newest = start.revision;
    this.nextObject = start.nextObject;
  }

  /** Mark where the journal starts from; call once before the first gesture. */
  async begin(): Promise<void> {
    await this.journal.mark(this.revision, null);
  }

  /** A new object id; the server may answer with another. */
  takeObjectId(): number {
    const id = this.nextObject;
    this.nextObject += 1;
    return id;
  }

  get unsavedGestures(): number {
    return this.pending.length;
  }

  /** Take in what a gesture, an undo or a redo changed. Settled when the journal has it. */
  record(
    change: Change,
    origin: { kind: SaveRequest["kind"]; message: string } | null = null,
  ): Promise<void> {
    this.sequence += 1;
    const created = change.rows.filter((row) => row.before === null).map((row) => row.after.id);
    const entry: JournalEntry = { sequence: this.sequence, change, created, epoch: this.epoch };
    this.pending.push(entry);
    for (const row of change.rows) this.rows.set(row.after.id, row.after);
    if (origin !== null) this.origin = origin;
    this.writing = this.writing.then(() => this.journal.append(entry));
    if (this.state.kind === "saved") this.say({ kind: "unsaved" });
    if (this.state.kind === "offline") this.say({ kind: "offline", strokes: this.pending.length });
    this.schedule();
    return this.writing;
  }

  /** The server says that there is a newer revision. */
  heard(revision: number): void {
    this.newest = Math.max(this.newest, revision);
    if (this.newest > this.revision) this.wake(0);
  }

  /** Save what there is now; settled when nothing is left to save or the server is away. */
  async flush(): Promise<void> {
    this.wake(0);
    while (this.pumping !== null) await this.pumping;
  }

  /** Let the server do something, then bring what it did into the document. */
  async operate(operation: ServerOperation): Promise<OperationAnswer> {
    const answer = await this.server.operate(operation);
    if (answer.revision !== null) {
      this.heard(answer.revision);
      await this.flush();
    }
    return answer;
  }

  /** Try again now: the network came back, or the person says so. */
  retry(): void {
    this.retries = 0;
    if (this.state.kind === "refused") this.say({ kind: "unsaved" });
    this.wake(0);
  }

  close(): void {
    this.isClosed = true;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  private schedule(): void {
    if (this.state.kind === "offline" || this.state.kind === "refused") return;
    this.waitingSince ??= Date.now();
    const longest = this.waitingSince + this.settings.longestMs - Date.now();
    this.wake(Math.max(0, Math.min(this.settings.delayMs, longest)));
  }

  private wake(afterMs: number): void {
    if (this.isClosed) return;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (afterMs > 0) {
      this.timer = setTimeout(() => this.wake(0), afterMs);
      return;
    }
    this.pumping ??= this.pump().finally(() => {
      this.pumping = null;
    });
  }

  /** Work until everything is saved and seen, or the server is away. */
  private async pump(): Promise<void> {
    try {
      while (!this.isClosed && this.state.kind !== "refused") {
        if (this.onItsWay !== null || this.pending.length > 0) await this.saveOnce();
        else if (this.newest > this.revision) await this.catchUp();
        else break;
      }
      this.retries = 0;
      if (!this.isClosed && this.pending.length === 0 && this.state.kind !== "refused") {
        this.say({ kind: "saved" });
      }
    } catch (error) {
      if (error instanceof Unreachable) this.waitForServer();
      else if (error instanceof Refused) {
        this.say({ kind: "refused", message: error.message, hint: error.hint });
      } else {
        const message = error instanceof Error ? error.message : String(error);
        this.say({ kind: "refused", message: `Saving failed: ${message}`, hint: null });
      }
    }
  }

  private waitForServer(): void {
    const { retryMs } = this.settings;
    const delay = retryMs[Math.min(this.retries, retryMs.length - 1)] as number;
    this.retries += 1;
    if (this.retries > 1 || this.pending.length === 0) {
      this.say({ kind: "offline", strokes: this.pending.length });
    }
    this.timer = setTimeout(() => this.wake(0), delay);
  }

  private say(state: SyncState): void {
    this.state = state;
    this.events.state(state);
  }

  // Saving

  private async saveOnce(): Promise<void> {
    this.waitingSince = null;
    if (this.document.isInGesture) {
      // A stroke in hand is not saved half; its end comes soon.
      await new Promise((resolve) => setTimeout(resolve, 30));
      return;
    }
    this.onItsWay ??= await this.prepare();
    const { request, upTo } = this.onItsWay;
    if (request.tiles.size > 0 || request.objects.length > 0) {
      if (this.state.kind !== "offline") this.say({ kind: "saving" });
      this.onItsWay.answer ??= this.settle(request, upTo, await this.server.save(request));
      const answer = this.onItsWay.answer;
      await this.takeIn(answer.others, answer);
      if (answer.others.length > 0) this.events.arrived([]);
      this.tellConflicts(answer);
      this.events.saved(answer.revision);
    }
    this.pending = this.pending.filter((entry) => entry.sequence > upTo);
    await this.writing;
    await this.journal.acknowledge(upTo, this.revision, this.pending);
    this.onItsWay = null;
  }

  /** The save of everything pending, noted in the journal before it leaves. */
  private async prepare(): Promise<OnItsWay> {
    const upTo = this.sequence;
    const tiles = new Map<number, Uint32Array>();
    for (const tile of this.document.tiles.values()) {
      if (tile.base === null) continue;
      if (isEqual(tile.base, tile.plane)) tile.base = null;
      else tiles.set(tile.index, tile.plane.slice());
    }
    const request: SaveRequest = {
      saveId: crypto.randomUUID(),
      baseRevision: this.revision,
      tiles,
      objects: [...this.rows.values()],
      created: [...new Set(this.pending.flatMap((entry) => entry.created))],
      ...this.origin,
    };
    this.rows.clear();
    this.origin = { kind: "edit", message: "" };
    await this.writing;
    const onItsWay = {
      saveId: request.saveId,
      baseRevision: this.revision,
      upTo,
      epoch: this.epoch,
    };
    await this.journal.mark(this.revision, onItsWay);
    return { request, upTo, answer: null };
  }

  /** The server has the save: what was sent is the new base, and objects go by their new ids. */
  private settle(request: SaveRequest, upTo: number, answer: SaveAnswer): SaveAnswer {
    this.pending = this.pending.filter((entry) => entry.sequence > upTo);
    this.renumber(answer.renumbered, answer.nextObject, request);
    for (const [index, sent] of request.tiles) {
      const tile = this.document.tiles.get(index);
      if (tile !== undefined) tile.base = isEqual(sent, tile.plane) ? null : sent;
    }
    return answer;
  }

  private tellConflicts(answer: SaveAnswer): void {
    const found = [...answer.conflicts].map(([index, { box, pixels }]) => ({
      area: this.areaInImage(index, box),
      pixels,
    }));
    if (found.length > 0) this.events.conflicts(found);
  }

  // What others did

  private async catchUp(): Promise<void> {
    const changes = await this.server.changes(this.revision);
    await this.takeIn(changes.tiles, changes);
    await this.writing;
    await this.journal.acknowledge(0, this.revision, this.pending);
    if (changes.tiles.length > 0) this.events.arrived(changes.by);
  }

  /** Bring tiles and objects that others changed into the document. */
  private async takeIn(
    indices: readonly number[],
    news: { readonly revision: number; readonly objects: readonly ObjectRow[]; readonly nextObject: number },
  ): Promise<void> {
    const loaded = indices.filter((index) => this.document.tiles.has(index));
    const answer = loaded.length > 0 ? await this.server.tiles(loaded, news.revision) : null;
    while (this.document.isInGesture) await new Promise((resolve) => setTimeout(resolve, 15));
    // Nothing below waits: the document is never seen half merged.
    this.renumber(new Map(), news.nextObject, null);
    for (const row of news.objects) if (!this.rows.has(row.id)) this.document.setRow(row);
    const conflicts: Conflict[] = [];
    for (const index of loaded) {
      const tile = this.document.tiles.get(index);
      const theirs = answer?.planes.get(index);
      if (tile === undefined || theirs === undefined) continue;
      const found = this.mergeTile(tile, theirs);
      if (found !== null) conflicts.push(found);
    }
    this.revision = news.revision;
    this.newest = Math.max(this.newest, news.revision);
    if (news.objects.length > 0) this.document.tell("objects");
    if (loaded.length > 0) this.document.tell("pixels");
    if (conflicts.length > 0) this.events.conflicts(conflicts);
  }

  private mergeTile(tile: Tile, theirs: Uint32Array): Conflict | null {
    if (tile.base === null) {
      this.document.replace(tile, theirs);
      return null;
    }
    const merged = tile.plane.slice();
    let box: Rect | null = null;
    const found = mergeTheirs(tile.base, theirs, merged, (place) => {
      const x = place % TILE_PX;
      const y = Math.floor(place / TILE_PX);
      box = unite(box, { x0: x, y0: y, x1: x + 1, y1: y + 1 });
    });
    this.document.replace(tile, merged);
    tile.base = found.isOurs ? theirs : null;
    return box === null ? null : { area: this.areaInImage(tile.index, box), pixels: found.conflicts };
  }

  private areaInImage(index: number, box: Rect): Rect {
    const x = (index % this.document.columns) * TILE_PX;
    const y = Math.floor(index / this.document.columns) * TILE_PX;
    return { x0: x + box.x0, y0: y + box.y0, x1: x + box.x1, y1: y + box.y1 };
  }

  /**
   * Follow the server's ids everywhere. Objects that no save has named yet give way too, where
   * somebody else took their ids meanwhile (those below `nextObject`).
   */
  private renumber(
    answered: ReadonlyMap<number, number>,
    nextObject: number,
    request: SaveRequest | null,
  ): void {
    const newByOld = new Map(answered);
    const unnamed = new Set(this.pending.flatMap((entry) => entry.created));
    this.nextObject = Math.max(this.nextObject, nextObject);
    for (const id of unnamed) if (id < nextObject) newByOld.set(id, this.takeObjectId());
    if (newByOld.size === 0) return;
    this.epoch += 1;
    for (const tile of this.document.tiles.values()) {
      if (tile.base !== null) renumberPlane(tile.plane, newByOld);
    }
    for (const sent of request?.tiles.values() ?? []) renumberPlane(sent, newByOld);
    this.document.objects.renumber(newByOld);
    this.history.renumber(newByOld);
    this.pending = this.pending.map((entry) => ({
      ...entry,
      epoch: this.epoch,
      change: renumberedChange(entry.change, newByOld),
      created: entry.created.map((id) => newByOld.get(id) ?? id),
    }));
    for (const [id, row] of [...this.rows]) {
      if (!newByOld.has(id)) continue;
      this.rows.delete(id);
      const moved = renumberedRow(row, newByOld);
      this.rows.set(moved.id, moved);
    }
    this.document.tell("objects");
  }
}
