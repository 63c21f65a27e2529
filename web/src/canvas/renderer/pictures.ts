/** Tiles of the picture: fetched, decoded by the browser, kept while there is room. */

import { type Pyramid, parentOf, placeName, type TilePlace } from "./tiles.ts";

export type FetchPicture = (place: TilePlace, signal: AbortSignal) => Promise<ImageBitmap>;

interface Entry {
  bitmap: ImageBitmap | null;
  failed: number;
  used: number;
  abort: AbortController | null;
}

const MAX_KEPT = 160;
const MAX_AT_ONCE = 6;
const RETRY_AFTER_MS = 2000;

export class PictureTiles {
  private readonly entries = new Map<string, Entry>();
  private waiting: TilePlace[] = [];
  private running = 0;
  private clock = 0;

  constructor(
    private readonly pyramid: Pyramid,
    private readonly fetchPicture: FetchPicture,
    private readonly onArrival: () => void,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** Say which tiles the screen wants, the most wanted first; others that are on their way are let go. */
  want(places: readonly TilePlace[]): void {
    this.clock += 1;
    const names = new Set(places.map(placeName));
    this.waiting = places.filter((place) => {
      const entry = this.entries.get(placeName(place));
      return entry === undefined || (entry.failed > 0 && performance.now() - entry.failed > RETRY_AFTER_MS);
    });
    for (const [name, entry] of this.entries) {
      if (entry.abort !== null && !names.has(name)) entry.abort.abort();
    }
    this.pump();
  }

  /** A tile's bitmap, or the nearest one above it that is here. */
  find(place: TilePlace): { place: TilePlace; bitmap: ImageBitmap } | null {
    for (let at: TilePlace | null = place; at !== null; at = parentOf(at, this.pyramid)) {
      const entry = this.entries.get(placeName(at));
      if (entry?.bitmap) {
        entry.used = this.clock;
        return { place: at, bitmap: entry.bitmap };
      }
    }
    return null;
  }

  get isComplete(): boolean {
    return this.running === 0 && this.waiting.length === 0;
  }

  clear(): void {
    for (const entry of this.entries.values()) {
      entry.abort?.abort();
      entry.bitmap?.close();
    }
    this.entries.clear();
    this.waiting = [];
  }

  private pump(): void {
    while (this.running < MAX_AT_ONCE) {
      const place = this.waiting.shift();
      if (place === undefined) return;
      void this.load(place);
    }
  }

  private async load(place: TilePlace): Promise<void> {
    const abort = new AbortController();
    const entry: Entry = { bitmap: null, failed: 0, used: this.clock, abort };
    this.entries.set(placeName(place), entry);
    this.running += 1;
    try {
      entry.bitmap = await this.fetchPicture(place, abort.signal);
      this.evict();
      this.onArrival();
    } catch (error) {
      if (abort.signal.aborted) this.entries.delete(placeName(place));
      else {
        entry.failed = performance.now();
        this.onFailure(error);
      }
    } finally {
      entry.abort = null;
      this.running -= 1;
      this.pump();
    }
  }

  private evict(): void {
    const loaded = [...this.entries].filter(([, entry]) => entry.bitmap !== null);
    if (loaded.length <= MAX_KEPT) return;
    loaded.sort(([, a], [, b]) => a.used - b.used);
    for (const [name, entry] of loaded.slice(0, loaded.length - MAX_KEPT)) {
      entry.bitmap?.close();
      this.entries.delete(name);
    }
  }
}
