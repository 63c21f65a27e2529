/** Superpixels of the picture, tile by tile, as the server computes them. */

import { TILE_PX } from "../kernels/runs.ts";

export type Size = "small" | "medium" | "large";
export type FetchSuperpixels = (size: Size, row: number, column: number) => Promise<Uint16Array>;

interface TileRegions {
  readonly regionOf: Uint16Array;
  /** Places of the pixels of each region, region by region. */
  readonly places: Uint32Array;
  /** Where each region begins in `places`. */
  readonly starts: Uint32Array;
}

const MAX_KEPT = 40;

export class Superpixels {
  private readonly tiles = new Map<string, TileRegions>();
  private readonly onTheirWay = new Map<string, Promise<void>>();

  constructor(
    private readonly fetchTile: FetchSuperpixels,
    private readonly onArrival: () => void,
  ) {}

  /** Null if the tile at a pixel is here, else when it will be. */
  ready(size: Size, column: number, row: number): Promise<void> | null {
    const name = nameOf(size, column, row);
    return this.tiles.has(name) ? null : this.load(size, column, row, name);
  }

  /** Hears of every run of pixels of the superpixel at a pixel; nothing if its tile is not here. */
  eachRun(
    size: Size,
    column: number,
    row: number,
    onRun: (row: number, first: number, end: number) => void,
  ): void {
    const tile = this.tiles.get(nameOf(size, column, row));
    if (tile === undefined) return;
    const left = Math.floor(column / TILE_PX) * TILE_PX;
    const top = Math.floor(row / TILE_PX) * TILE_PX;
    const region = tile.regionOf[(row - top) * TILE_PX + (column - left)] as number;
    if (region === 0) return;
    const end = tile.starts[region + 1] as number;
    for (let k = tile.starts[region] as number; k < end; ) {
      const place = tile.places[k] as number;
      let n = 1;
      const room = TILE_PX - (place % TILE_PX);
      while (n < room && k + n < end && tile.places[k + n] === place + n) n++;
      const y = top + Math.floor(place / TILE_PX);
      const x = left + (place % TILE_PX);
      onRun(y, x, x + n);
      k += n;
    }
  }

  /** A number for the superpixel at a pixel, to tell whether the pointer has moved to another. */
  idAt(size: Size, column: number, row: number): string | null {
    const tile = this.tiles.get(nameOf(size, column, row));
    if (tile === undefined) return null;
    const place = (row % TILE_PX) * TILE_PX + (column % TILE_PX);
    return `${nameOf(size, column, row)}:${tile.regionOf[place]}`;
  }

  private load(size: Size, column: number, row: number, name: string): Promise<void> {
    let loading = this.onTheirWay.get(name);
    if (loading === undefined) {
      loading = this.fetchTile(size, Math.floor(row / TILE_PX), Math.floor(column / TILE_PX))
        .then((regionOf) => {
          this.tiles.set(name, sorted(regionOf));
          while (this.tiles.size > MAX_KEPT) this.tiles.delete(this.tiles.keys().next().value as string);
          this.onArrival();
        })
        .finally(() => this.onTheirWay.delete(name));
      this.onTheirWay.set(name, loading);
    }
    return loading;
  }
}

const nameOf = (size: Size, column: number, row: number): string =>
  `${size}.${Math.floor(row / TILE_PX)}.${Math.floor(column / TILE_PX)}`;

/** Pixels sorted by region: counted, then put in their places. */
function sorted(regionOf: Uint16Array): TileRegions {
  let highest = 0;
  for (const region of regionOf) highest = Math.max(highest, region);
  const starts = new Uint32Array(highest + 2);
  for (const region of regionOf) starts[region + 1] = (starts[region + 1] as number) + 1;
  for (let k = 1; k < starts.length; k++) starts[k] = (starts[k] as number) + (starts[k - 1] as number);
  const next = starts.slice();
  const places = new Uint32Array(regionOf.length);
  for (let place = 0; place < regionOf.length; place++) {
    const region = regionOf[place] as number;
    places[next[region] as number] = place;
    next[region] = (next[region] as number) + 1;
  }
  return { regionOf, places, starts };
}
