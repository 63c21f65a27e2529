/** Label tiles of the document: fetched as the screen needs them, all as of one revision. */

import { blankPlane, type LabelDocument } from "./document.ts";
import type { LabelServer } from "./sync/server.ts";

const BATCH = 24;
const MAX_LOADED = 200;

export class LabelTiles {
  private readonly onTheirWay = new Set<number>();
  private wanted: number[] = [];
  private isRunning = false;
  private readonly waiters: { indices: number[]; resolve: () => void }[] = [];

  constructor(
    private readonly document: LabelDocument,
    private readonly server: LabelServer,
    /** The revision that all loaded tiles have. */
    private readonly revision: () => number,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** Say which tiles the screen shows; those far away may be let go. */
  want(indices: readonly number[]): void {
    this.wanted = indices.filter((index) => !this.document.tiles.has(index));
    if (this.document.tiles.size > MAX_LOADED) {
      const near = new Set(indices);
      for (const index of [...this.document.tiles.keys()]) {
        if (this.document.tiles.size <= MAX_LOADED) break;
        if (!near.has(index)) this.document.unload(index);
      }
    }
    void this.run();
  }

  /** Settled when those tiles are here. */
  ensure(indices: readonly number[]): Promise<void> {
    const missing = indices.filter((index) => !this.document.tiles.has(index));
    if (missing.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.waiters.push({ indices: missing, resolve });
      this.wanted = [...missing, ...this.wanted];
      void this.run();
    });
  }

  private async run(): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    let failures = 0;
    while (this.wanted.length > 0 && failures < 20) {
      const batch = [...new Set(this.wanted)]
        .filter((index) => !this.document.tiles.has(index) && !this.onTheirWay.has(index))
        .slice(0, BATCH);
      if (batch.length === 0) break;
      for (const index of batch) this.onTheirWay.add(index);
      try {
        await this.load(batch);
        failures = 0;
      } catch (error) {
        failures += 1;
        this.onFailure(error);
        await new Promise((resolve) => setTimeout(resolve, Math.min(3000, 300 * failures)));
      } finally {
        for (const index of batch) this.onTheirWay.delete(index);
      }
      this.wanted = this.wanted.filter((index) => !this.document.tiles.has(index));
      this.settleWaiters();
    }
    this.isRunning = false;
  }

  private async load(batch: readonly number[]): Promise<void> {
    const asked = this.revision();
    const { planes } = await this.server.tiles(batch, asked);
    // What was asked for may be old by now: then it is asked for again.
    if (this.revision() !== asked) return;
    for (const index of batch) {
      if (!this.document.tiles.has(index)) this.document.load(index, planes.get(index) ?? blankPlane());
    }
  }

  private settleWaiters(): void {
    for (const waiter of [...this.waiters]) {
      if (waiter.indices.every((index) => this.document.tiles.has(index))) {
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        waiter.resolve();
      }
    }
  }
}
