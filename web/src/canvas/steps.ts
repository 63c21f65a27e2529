/** Steps: committing what a gesture did, taking it back, and having the server do what is too large. */

import type { Change, LabelDocument } from "./document.ts";
import type { History, Step } from "./history.ts";
import type { LabelTiles } from "./loader.ts";
import type { ObjectRow } from "./segments.ts";
import type { ServerOperation } from "./sync/server.ts";
import type { Sync } from "./sync/sync.ts";

export interface StepEvents {
  history(history: { undo: string | null; redo: string | null }): void;
  /** Pixels per class changed. */
  coverage(): void;
  say(text: string): void;
  failed(error: unknown): void;
  /** Label overviews are old now. */
  overviewsChanged(): void;
}

export class Steps {
  constructor(
    private readonly document: LabelDocument,
    private readonly history: History,
    private readonly sync: Sync,
    private readonly tiles: LabelTiles,
    private readonly events: StepEvents,
  ) {}

  /** End the gesture in hand and keep what it changed. */
  commit(label: string): void {
    if (!this.document.isInGesture) return;
    const change = this.document.commit();
    if (change !== null) this.add(label, change);
  }

  /** Change an object's class or attributes. */
  changeObject(row: ObjectRow): void {
    this.add("Object", this.document.changeRow(row));
  }

  /** Let the server do something to the whole label map; it becomes one step. */
  async doOnServer(label: string, operation: ServerOperation): Promise<void> {
    await this.sync.flush();
    const answer = await this.sync.operate(operation);
    if (answer.revision === null) {
      this.events.say("There was nothing to change.");
      return;
    }
    this.history.push(label, { kind: "server", revision: answer.revision });
    this.events.overviewsChanged();
    this.tell();
    this.events.say(`${label}: ${answer.pixels.toLocaleString()} pixels.`);
  }

  /** Undo or redo the next step; says how much was left alone because others painted there. */
  async swap(how: "undo" | "redo"): Promise<void> {
    const step = this.history.peek(how);
    if (step === null) return;
    const skipped =
      step.content.kind === "server"
        ? await this.swapOnServer(step, step.content.revision, how)
        : await this.swapHere(step, step.content.change, how);
    if (skipped === null) return;
    this.tell();
    const verb = how === "undo" ? "Undid" : "Redid";
    const rest =
      skipped > 0 ? ` ${skipped.toLocaleString()} pixels were painted by others since and stay.` : "";
    this.events.say(`${verb}: ${step.label.toLowerCase()}.${rest}`);
  }

  private async swapOnServer(step: Step, revision: number, how: "undo" | "redo"): Promise<number | null> {
    await this.sync.flush();
    const answer = await this.sync.operate({ kind: "undo-revision", revision });
    if (this.history.peek(how) !== step) return null;
    this.history.move(how, { kind: "server", revision: answer.revision ?? revision });
    this.events.overviewsChanged();
    return answer.skipped;
  }

  private async swapHere(step: Step, change: Change, how: "undo" | "redo"): Promise<number | null> {
    await this.tiles.ensure(change.tiles.map((tile) => tile.index));
    if (this.history.peek(how) !== step || this.document.isInGesture) return null;
    const done = this.document.swap(change, how);
    this.history.move(how);
    this.keep(done.change);
    return done.skipped;
  }

  private add(label: string, change: Change): void {
    this.history.push(label, { kind: "page", change });
    this.keep(change);
    this.tell();
  }

  private keep(change: Change): void {
    this.sync.record(change).catch((error: unknown) => this.events.failed(error));
  }

  private tell(): void {
    this.events.history({ undo: this.history.undoLabel, redo: this.history.redoLabel });
    this.events.coverage();
  }
}
