/**
 * Running a tool's gesture: feeding it what the person does, in order, and never before the tiles
 * that it needs are here. In the usual case all of this happens at once, inside the event handler.
 */

import type { LabelDocument } from "./document.ts";
import type { LabelTiles } from "./loader.ts";
import type { Gesture, Input, PointInput, Tool, ToolContext } from "./tools/tool.ts";

export interface GestureEvents {
  /** The gesture is over; if the document is in a gesture, it is to be committed. */
  committed(tool: Tool): void;
  cancelled(tool: Tool): void;
}

interface Running {
  readonly tool: Tool;
  readonly context: ToolContext;
  gesture: Gesture | null;
  isOver: boolean;
}

export class Gestures {
  private running: Running | null = null;
  private queue: Input[] = [];
  private isWaiting = false;

  constructor(
    private readonly document: LabelDocument,
    private readonly tiles: LabelTiles,
    private readonly events: GestureEvents,
  ) {}

  get isActive(): boolean {
    return this.running !== null;
  }

  get tool(): Tool | null {
    return this.running?.tool ?? null;
  }

  start(tool: Tool, context: ToolContext, input: PointInput): void {
    if (this.running !== null) return;
    this.running = { tool, context, gesture: null, isOver: false };
    this.queue = [input];
    this.work();
  }

  feed(input: Input): void {
    if (this.running === null) return;
    this.queue.push(input);
    this.work();
  }

  /** Throw the gesture away. */
  cancel(): void {
    if (this.running !== null) this.end("cancel");
  }

  private work(): void {
    while (!this.isWaiting && this.running !== null && this.queue.length > 0) {
      const input = this.queue[0] as Input;
      const missing = this.missing(input, this.running);
      if (missing !== null) {
        this.isWaiting = true;
        const { running } = this;
        void missing
          .catch(() => {})
          .then(() => {
            this.isWaiting = false;
            if (this.running === running) this.work();
          });
        return;
      }
      this.queue.shift();
      this.step(input, this.running);
    }
  }

  /** What has to come before the gesture can go on with an input; null if nothing. */
  private missing(input: Input, { tool, context }: Running): Promise<unknown> | null {
    if (!("at" in input)) return null;
    const reach = tool.reach(input.at, context);
    const needed = tool.ready?.(input.at, context) ?? null;
    if (this.document.hasAll(reach)) return needed;
    return Promise.all([this.tiles.ensure(this.document.tilesIn(reach)), needed]);
  }

  private step(input: Input, running: Running): void {
    if (running.gesture === null) {
      running.gesture = running.tool.gesture(running.context, input as PointInput);
      this.take(running.gesture.next(input), running);
    } else {
      this.take(running.gesture.next(input), running);
    }
  }

  private take(result: IteratorResult<void, "commit" | "cancel">, running: Running): void {
    if (result.done && this.running === running) this.end(result.value);
  }

  private end(outcome: "commit" | "cancel"): void {
    const running = this.running as Running;
    this.running = null;
    this.queue = [];
    running.context.sketch(null);
    if (outcome === "commit") this.events.committed(running.tool);
    else this.events.cancelled(running.tool);
  }
}
