/** What the editor asks of the server, so that it can be had from a test as well. */

import type { ObjectRow } from "../segments.ts";
import type { Rect } from "../space.ts";

/** Tiles of an annotation as of a revision: absent ones are empty. */
export interface TilesAnswer {
  readonly revision: number;
  readonly planes: ReadonlyMap<number, Uint32Array>;
}

export interface SaveRequest {
  readonly saveId: string;
  readonly baseRevision: number;
  readonly tiles: ReadonlyMap<number, Uint32Array>;
  readonly objects: readonly ObjectRow[];
  /** Ids that this page made up. */
  readonly created: readonly number[];
  readonly message: string;
  readonly kind: "edit" | "prediction";
}

/** Pixels of a tile that both sides had changed differently, and the box around them. */
export interface TileConflict {
  readonly pixels: number;
  readonly box: Rect;
}

export interface SaveAnswer {
  readonly revision: number;
  readonly renumbered: ReadonlyMap<number, number>;
  readonly conflicts: ReadonlyMap<number, TileConflict>;
  /** Tiles that now hold what others saved too, or that others changed since the base. */
  readonly others: readonly number[];
  readonly objects: readonly ObjectRow[];
  readonly nextObject: number;
}

/** What others changed since a revision. */
export interface Changes {
  readonly revision: number;
  readonly tiles: readonly number[];
  readonly objects: readonly ObjectRow[];
  readonly nextObject: number;
  readonly by: readonly string[];
}

/** The server cannot be reached now: the same request may work later. */
export class Unreachable extends Error {}

/** The server understood and refused: sending the same again will not help. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly hint: string | null,
    readonly status: number,
  ) {
    super(message);
  }
}

interface WireLocks {
  readonly only: number[] | null;
  readonly protect: number[];
}

/** What the server can do to a whole label map; see the route `operations`. */
export type ServerOperation =
  | {
      readonly kind: "fill";
      readonly x: number;
      readonly y: number;
      readonly segment: number;
      readonly contiguous: boolean;
      readonly locks: WireLocks;
    }
  | { readonly kind: "fill-unlabelled"; readonly segment: number }
  | {
      readonly kind: "take-prediction";
      readonly model: string;
      readonly classes: number[] | null;
      readonly min_confidence: number;
      readonly region: [number, number, number, number] | null;
      readonly over: "unlabelled" | "everything";
      readonly locks: WireLocks;
    }
  | {
      readonly kind: "copy-labels";
      readonly from_image: string;
      readonly over: "unlabelled" | "everything";
      readonly locks: WireLocks;
    }
  | { readonly kind: "undo-revision"; readonly revision: number };

export interface OperationAnswer {
  /** null: there was nothing to change. */
  readonly revision: number | null;
  readonly pixels: number;
  readonly skipped: number;
}

export interface LabelServer {
  tiles(indices: readonly number[], revision: number | null): Promise<TilesAnswer>;
  save(request: SaveRequest): Promise<SaveAnswer>;
  changes(after: number): Promise<Changes>;
  operate(operation: ServerOperation): Promise<OperationAnswer>;
}
