/** Undo and redo: steps in order, bounded by number and by bytes. */

import { type Change, renumberedChange } from "./document.ts";

/** What a gesture changed on the page, or the revision that the server made for it. */
export type StepContent =
  | { readonly kind: "page"; readonly change: Change }
  | { readonly kind: "server"; readonly revision: number };

export interface Step {
  readonly label: string;
  readonly content: StepContent;
  readonly bytes: number;
}

export const MIN_STEPS = 200;
export const MAX_STEPS = 2000;
export const MAX_BYTES = 128 << 20;

export class History {
  private done: Step[] = [];
  private undone: Step[] = [];
  private bytes = 0;

  get undoLabel(): string | null {
    return this.done.at(-1)?.label ?? null;
  }

  get redoLabel(): string | null {
    return this.undone.at(-1)?.label ?? null;
  }

  get length(): number {
    return this.done.length;
  }

  /** Add what was done; what had been undone before it is forgotten. */
  push(label: string, content: StepContent): void {
    for (const step of this.undone) this.bytes -= step.bytes;
    this.undone = [];
    this.done.push({ label, content, bytes: bytesOf(content) });
    this.bytes += bytesOf(content);
    while (this.done.length > MAX_STEPS || this.isTooLarge()) {
      this.bytes -= (this.done.shift() as Step).bytes;
    }
  }

  /** Two hundred steps are kept even if they are large, up to four times the bound. */
  private isTooLarge(): boolean {
    if (this.bytes <= MAX_BYTES || this.done.length <= 1) return false;
    return this.done.length > MIN_STEPS || this.bytes > 4 * MAX_BYTES;
  }

  /** The step that comes next, left where it is. */
  peek(how: "undo" | "redo"): Step | null {
    return (how === "undo" ? this.done : this.undone).at(-1) ?? null;
  }

  /** Move the next step to the other side; `content` replaces what it holds. */
  move(how: "undo" | "redo", content?: StepContent): void {
    const [from, to] = how === "undo" ? [this.done, this.undone] : [this.undone, this.done];
    const step = from.pop();
    if (step !== undefined) to.push(content === undefined ? step : { ...step, content });
  }

  /** Follow objects that got other ids. */
  renumber(newByOld: ReadonlyMap<number, number>): void {
    const follow = (step: Step): Step =>
      step.content.kind === "server"
        ? step
        : { ...step, content: { kind: "page", change: renumberedChange(step.content.change, newByOld) } };
    this.done = this.done.map(follow);
    this.undone = this.undone.map(follow);
  }
}

function bytesOf(content: StepContent): number {
  if (content.kind === "server") return 64;
  return content.change.tiles.reduce((sum, tile) => sum + tile.runs.byteLength, 256);
}
