/** A label server in memory with the real one's rules, to test the page against; it can be cut off. */

import { mergeTheirs } from "../../src/canvas/kernels/merge.ts";
import { TILE_AREA, TILE_PX } from "../../src/canvas/kernels/runs.ts";
import { FIRST_OBJECT, type ObjectRow, renumberedRow } from "../../src/canvas/segments.ts";
import type { Rect } from "../../src/canvas/space.ts";
import { unite } from "../../src/canvas/space.ts";
import {
  type Changes,
  type LabelServer,
  type OperationAnswer,
  type SaveAnswer,
  type SaveRequest,
  type TilesAnswer,
  Unreachable,
} from "../../src/canvas/sync/server.ts";

interface Version {
  readonly planes: Map<number, Uint32Array>;
  readonly rows: Map<number, ObjectRow>;
  readonly changed: Set<number>;
}

export class FakeServer {
  readonly versions: Version[] = [{ planes: new Map(), rows: new Map(), changed: new Set() }];
  nextObject = FIRST_OBJECT;
  private readonly answers = new Map<string, SaveAnswer>();

  get head(): Version {
    return this.versions.at(-1) as Version;
  }

  plane(index: number, revision = this.versions.length - 1): Uint32Array {
    return (this.versions[revision] as Version).planes.get(index) ?? new Uint32Array(TILE_AREA);
  }

  changedSince(revision: number): Set<number> {
    return new Set(this.versions.slice(revision + 1).flatMap((version) => [...version.changed]));
  }

  save(request: SaveRequest): SaveAnswer {
    const known = this.answers.get(request.saveId);
    if (known !== undefined) return known;
    const renumbered = new Map<number, number>();
    const fresh = request.created.filter((id) => id >= this.nextObject);
    let next = Math.max(this.nextObject, ...fresh.map((id) => id + 1));
    for (const id of request.created.filter((id) => id < this.nextObject).sort((a, b) => a - b)) {
      renumbered.set(id, next++);
    }
    const head = this.head;
    const conflicts = new Map<number, { pixels: number; box: Rect }>();
    const others = this.changedSince(request.baseRevision);
    const planes = new Map(head.planes);
    const changed = new Set<number>();
    for (const [index, sent] of request.tiles) {
      const ours = sent.slice();
      for (let p = 0; p < ours.length; p++) {
        const v = ours[p] as number;
        if (v >= FIRST_OBJECT) ours[p] = renumbered.get(v) ?? v;
      }
      let box: Rect | null = null;
      const { conflicts: pixels } = mergeTheirs(
        this.plane(index, request.baseRevision),
        this.plane(index),
        ours,
        (p) => {
          const x = p % TILE_PX;
          const y = Math.floor(p / TILE_PX);
          box = unite(box, { x0: x, y0: y, x1: x + 1, y1: y + 1 });
        },
      );
      if (box !== null) conflicts.set(index, { pixels, box });
      planes.set(index, ours);
      changed.add(index);
    }
    const rows = new Map(head.rows);
    const sentRows = request.objects.map((row) => renumberedRow(row, renumbered));
    for (const row of sentRows) rows.set(row.id, row);
    for (const index of changed) {
      for (const id of planes.get(index) as Uint32Array) {
        if (id >= FIRST_OBJECT && !rows.has(id)) throw new Error(`object ${id} is painted, but has no row`);
      }
    }
    this.nextObject = next;
    this.versions.push({ planes, rows, changed });
    const answer: SaveAnswer = {
      revision: this.versions.length - 1,
      renumbered,
      conflicts,
      others: [...others],
      objects: [...rows.values()],
      nextObject: next,
    };
    this.answers.set(request.saveId, answer);
    return answer;
  }
}

/** One page's line to the server. `fate` decides what happens to each request. */
export class Line implements LabelServer {
  fate: () => "through" | "lost before" | "lost after" = () => "through";

  constructor(readonly server: FakeServer) {}

  private async send<T>(work: () => T): Promise<T> {
    await Promise.resolve();
    const fate = this.fate();
    if (fate === "lost before") throw new Unreachable("away");
    const result = work();
    await Promise.resolve();
    if (fate === "lost after") throw new Unreachable("away");
    return result;
  }

  tiles(indices: readonly number[], revision: number | null): Promise<TilesAnswer> {
    return this.send(() => {
      const number = revision ?? this.server.versions.length - 1;
      const planes = new Map(indices.map((index) => [index, this.server.plane(index, number).slice()]));
      return { revision: number, planes };
    });
  }

  save(request: SaveRequest): Promise<SaveAnswer> {
    return this.send(() => this.server.save(request));
  }

  operate(): Promise<OperationAnswer> {
    return this.send(() => ({ revision: null, pixels: 0, skipped: 0 }));
  }

  changes(after: number): Promise<Changes> {
    return this.send(() => ({
      revision: this.server.versions.length - 1,
      tiles: [...this.server.changedSince(after)],
      objects: [...this.server.head.rows.values()],
      nextObject: this.server.nextObject,
      by: ["somebody"],
    }));
  }
}
