/**
 * How tiles travel: packed as the server stores them ("R": run lengths, "Z": raw pixels, both
 * behind zlib), several in one packet: the length of a JSON header (uint32, little-endian), the
 * header, then the tiles' bytes one after the other.
 */

import { TILE_AREA } from "../kernels/runs.ts";

const RUNS = 82;
const RAW = 90;
const MAX_RUNS = 65_536;

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  const piped = new Blob([bytes]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(piped).arrayBuffer());
}

/** A tile's plane as the server packs it. */
export async function packTile(plane: Uint32Array): Promise<Uint8Array<ArrayBuffer>> {
  const runs = runLengths(plane);
  const body = runs ?? plane;
  const bytes = new Uint8Array(body.byteLength);
  bytes.set(new Uint8Array(body.buffer, body.byteOffset, body.byteLength));
  const packed = await through(bytes, new CompressionStream("deflate"));
  const out = new Uint8Array(packed.length + 1);
  out[0] = runs === null ? RAW : RUNS;
  out.set(packed, 1);
  return out;
}

/** Values, then lengths; null where there are too many runs for that to be shorter. */
function runLengths(plane: Uint32Array): Uint32Array | null {
  const values: number[] = [];
  const lengths: number[] = [];
  let start = 0;
  for (let p = 1; p <= plane.length; p++) {
    if (p < plane.length && plane[p] === plane[start]) continue;
    values.push(plane[start] as number);
    lengths.push(p - start);
    if (values.length > MAX_RUNS) return null;
    start = p;
  }
  return Uint32Array.from([...values, ...lengths]);
}

/** The plane in a packed tile; throws on damaged bytes. */
export async function unpackTile(packed: Uint8Array<ArrayBuffer>): Promise<Uint32Array> {
  const body = await through(packed.slice(1), new DecompressionStream("deflate"));
  const numbers = new Uint32Array(body.buffer, 0, body.byteLength / 4);
  if (packed[0] === RAW && numbers.length === TILE_AREA) return numbers;
  if (packed[0] !== RUNS) throw new Error("a tile came in a form that this page does not know");
  const plane = new Uint32Array(TILE_AREA);
  const n = numbers.length / 2;
  let at = 0;
  for (let k = 0; k < n; k++) {
    const end = at + (numbers[n + k] as number);
    plane.fill(numbers[k] as number, at, end);
    at = end;
  }
  if (at !== TILE_AREA) throw new Error("a tile came damaged");
  return plane;
}

/** A header and parts in one body. */
export function joinPacket(header: unknown, parts: readonly Uint8Array<ArrayBuffer>[]): Blob {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, text.length, true);
  return new Blob([length, text, ...parts]);
}

/** The header of a packet and everything behind it. */
export function splitPacket<Header>(body: ArrayBuffer): { header: Header; rest: Uint8Array<ArrayBuffer> } {
  const length = new DataView(body).getUint32(0, true);
  const text = new TextDecoder().decode(new Uint8Array(body, 4, length));
  return { header: JSON.parse(text) as Header, rest: new Uint8Array(body, 4 + length) };
}
