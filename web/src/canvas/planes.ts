/** Planes that are only looked at: overviews of the labels, a prediction, an earlier revision. */

import type { PlaneSource } from "./renderer/renderer.ts";
import { placeName, type TilePlace } from "./renderer/tiles.ts";

export type FetchPlanes = (places: readonly TilePlace[]) => Promise<ReadonlyMap<string, Uint32Array>>;

const BATCH = 16;
const MAX_KEPT = 150;

export class Planes implements PlaneSource {
  private readonly found = new Map<string, Uint32Array | null>();
  private readonly onTheirWay = new Set<string>();

  constructor(
    private readonly fetchPlanes: FetchPlanes,
    private readonly onArrival: () => void,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  get(place: TilePlace): Uint32Array | null | undefined {
    return this.found.get(placeName(place));
  }

  want(places: readonly TilePlace[]): void {
    const missing = places.filter((place) => {
      const name = placeName(place);
      return !this.found.has(name) && !this.onTheirWay.has(name);
    });
    for (let k = 0; k < missing.length; k += BATCH) void this.load(missing.slice(k, k + BATCH));
  }

  /** Forget some places, or all, so that they are fetched anew. */
  forget(places?: readonly TilePlace[]): void {
    if (places === undefined) this.found.clear();
    else for (const place of places) this.found.delete(placeName(place));
    this.onArrival();
  }

  private async load(batch: readonly TilePlace[]): Promise<void> {
    for (const place of batch) this.onTheirWay.add(placeName(place));
    try {
      const planes = await this.fetchPlanes(batch);
      for (const place of batch) {
        const name = placeName(place);
        this.found.set(name, planes.get(name) ?? null);
      }
      while (this.found.size > MAX_KEPT) this.found.delete(this.found.keys().next().value as string);
      this.onArrival();
    } catch (error) {
      this.onFailure(error);
    } finally {
      for (const place of batch) this.onTheirWay.delete(placeName(place));
    }
  }
}
