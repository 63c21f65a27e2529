/** The label server behind the editor, over HTTP. */

import type { FetchPlanes } from "../canvas/planes.ts";
import type { FetchPicture } from "../canvas/renderer/pictures.ts";
import { placeName, type TilePlace } from "../canvas/renderer/tiles.ts";
import type { ObjectRow } from "../canvas/segments.ts";
import { joinPacket, packTile, splitPacket, unpackTile } from "../canvas/sync/packets.ts";
import {
  type LabelServer,
  type OperationAnswer,
  Refused,
  type SaveRequest,
  Unreachable,
} from "../canvas/sync/server.ts";
import type { FetchSuperpixels } from "../canvas/tools/superpixels.ts";
import { ApiError, request, type Schema } from "./client.ts";

interface TilesHeader {
  readonly revision: number;
  readonly tiles: readonly (readonly [row: number, column: number, bytes: number])[];
}

const rowOf = (row: Schema["ObjectOut"]): ObjectRow => ({
  id: row.id,
  classNumber: row.class_number,
  attributes: row.attributes,
});

/** Statuses that may be better in a moment: the server starts, is busy, or something is in between. */
const PASSING = new Set([0, 429, 500, 502, 503, 504]);

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await request(path, init);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (PASSING.has(error.status)) throw new Unreachable(error.message);
    throw new Refused(error.message, error.hint, error.status);
  }
}

/** Tiles in a packet, one after the other. */
async function planesOf(
  response: Response,
): Promise<{ header: TilesHeader; planes: { row: number; column: number; plane: Uint32Array }[] }> {
  const { header, rest } = splitPacket<TilesHeader>(await response.arrayBuffer());
  let at = 0;
  const loading = header.tiles.map(async ([row, column, length]) => {
    const bytes = rest.slice(at, at + length);
    at += length;
    return { row, column, plane: await unpackTile(bytes) };
  });
  return { header, planes: await Promise.all(loading) };
}

export class HttpLabelServer implements LabelServer {
  private readonly base: string;
  private lastSave = performance.now();
  private active = 0;

  constructor(
    annotationId: string,
    private readonly columns: number,
    private readonly taxonomyVersion: number,
    /** Somebody changed the classes since this page took them in; told once. */
    private onNewClasses: (() => void) | null = null,
  ) {
    this.base = `/v1/annotations/${annotationId}`;
  }

  /** The person did something: time since the last sign of life counts as work if it was short. */
  noteActivity(): void {
    const now = performance.now();
    this.active += Math.min(30_000, now - this.lastSave);
    this.lastSave = now;
  }

  async tiles(indices: readonly number[], revision: number | null) {
    const query = new URLSearchParams();
    for (const index of indices)
      query.append("place", `${Math.floor(index / this.columns)}.${index % this.columns}`);
    if (revision !== null) query.set("revision", String(revision));
    const { header, planes } = await planesOf(await ask(`${this.base}/tiles?${query}`));
    const found = new Map(planes.map(({ row, column, plane }) => [row * this.columns + column, plane]));
    return { revision: header.revision, planes: found };
  }

  async save(save: SaveRequest) {
    const packed = await Promise.all(
      [...save.tiles].map(async ([index, plane]) => ({ index, bytes: await packTile(plane) })),
    );
    const activeS = Math.round(this.active / 100) / 10;
    const header = {
      save_id: save.saveId,
      base_revision: save.baseRevision,
      taxonomy_version: this.taxonomyVersion,
      message: save.message,
      kind: save.kind,
      active_s: activeS,
      objects: save.objects.map((row) => ({
        id: row.id,
        class_number: row.classNumber,
        attributes: row.attributes,
      })),
      created: save.created,
      tiles: packed.map(({ index, bytes }) => [
        Math.floor(index / this.columns),
        index % this.columns,
        bytes.length,
      ]),
    };
    const body = joinPacket(
      header,
      packed.map(({ bytes }) => bytes),
    );
    const response = await ask(`${this.base}/saves`, { method: "POST", body });
    const answer = (await response.json()) as Schema["SaveOut"];
    this.active = Math.max(0, this.active - activeS * 1000);
    if (answer.taxonomy_version > this.taxonomyVersion) {
      this.onNewClasses?.();
      this.onNewClasses = null;
    }
    return {
      revision: answer.revision,
      renumbered: new Map(answer.renumbered),
      conflicts: new Map(
        answer.conflicts.map(({ row, column, pixels, box: [x0, y0, x1, y1] }) => [
          row * this.columns + column,
          { pixels, box: { x0, y0, x1, y1 } },
        ]),
      ),
      others: answer.others.map(([row, column]) => row * this.columns + column),
      objects: answer.objects.map(rowOf),
      nextObject: answer.next_object,
    };
  }

  async changes(after: number) {
    const response = await ask(`${this.base}/changes?after=${after}`);
    const found = (await response.json()) as Schema["ChangesOut"];
    return {
      revision: found.revision,
      tiles: found.tiles.map(([row, column]) => row * this.columns + column),
      objects: found.objects.map(rowOf),
      nextObject: found.next_object,
      by: found.authors,
    };
  }

  async operate(operation: unknown): Promise<OperationAnswer> {
    const response = await ask(`${this.base}/operations`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(operation),
    });
    return (await response.json()) as OperationAnswer;
  }
}

/** Planes of a revision (the newest for null) at any level. */
export function fetchRevisionPlanes(annotationId: string, revision: number | null): FetchPlanes {
  return async (places) => {
    const found = new Map<string, Uint32Array>();
    const levels = new Set(places.map((place) => place.level));
    for (const level of levels) {
      const query = new URLSearchParams({ level: String(level) });
      for (const place of places)
        if (place.level === level) query.append("place", `${place.row}.${place.column}`);
      if (revision !== null) query.set("revision", String(revision));
      const { planes } = await planesOf(await ask(`/v1/annotations/${annotationId}/tiles?${query}`));
      for (const { row, column, plane } of planes) found.set(placeName({ level, row, column }), plane);
    }
    return found;
  };
}

/** Class numbers of a model's prediction; full size only. */
export function fetchPredictionPlanes(imageId: string, modelId: string): FetchPlanes {
  return async (places) => {
    const found = new Map<string, Uint32Array>();
    await Promise.all(
      places
        .filter((place) => place.level === 0)
        .map(async (place) => {
          const path = `/v1/images/${imageId}/predictions/${modelId}/tiles/${place.row}/${place.column}`;
          const { planes } = await planesOf(await ask(path));
          const [classes] = planes;
          if (classes !== undefined) found.set(placeName(place), classes.plane);
        }),
    );
    return found;
  };
}

export interface BandChoice {
  readonly bands: readonly string[];
  readonly index: "" | "ndvi";
}

/** Tiles of an image's picture; `choice` is asked at every request. */
export function fetchPictures(image: Schema["ImageOut"], choice: () => BandChoice): FetchPicture {
  return async (place: TilePlace, signal: AbortSignal) => {
    const { bands, index } = choice();
    const query = new URLSearchParams({ v: image.version });
    for (const band of bands) query.append("band", band);
    if (index !== "") query.set("index", index);
    const path = `/v1/images/${image.id}/tiles/${place.level}/${place.row}/${place.column}?${query}`;
    const response = await request(path, { signal });
    return await createImageBitmap(await response.blob(), { colorSpaceConversion: "none" });
  };
}

export function fetchSuperpixels(image: Schema["ImageOut"]): FetchSuperpixels {
  return async (size, row, column) => {
    const path = `/v1/images/${image.id}/superpixels/${size}/${row}/${column}?v=${image.version}`;
    const response = await request(path);
    const body = response.body?.pipeThrough(new DecompressionStream("deflate"));
    return new Uint16Array(await new Response(body ?? null).arrayBuffer());
  };
}

/** Listen to an annotation's newest revision; returns how to stop. */
export function followAnnotation(annotationId: string, onRevision: (revision: number) => void): () => void {
  const source = new EventSource(`/v1/annotations/${annotationId}/events`);
  source.addEventListener("revision", (event) => onRevision(Number((event as MessageEvent<string>).data)));
  return () => source.close();
}
