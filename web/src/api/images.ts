/** Lists of images: filters, pages, uploads. */

import { api, must, request, type Schema } from "./client.ts";

export type ImageLine = Schema["ImageLine"];

/** How a list of images is narrowed; the same words as in the address. */
export interface ImageQuery {
  readonly text?: string;
  readonly state?: readonly string[];
  readonly class_number?: readonly number[];
  readonly selection?: string;
  readonly dataset?: string;
  readonly part?: string;
  readonly sequence?: string;
  readonly model?: string;
  readonly kind?: string;
  readonly below_share?: number;
  readonly taxonomy?: string;
}

/** Words for an address; empty ones are left out. */
export function queryText(query: ImageQuery): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query) as [string, unknown][]) {
    if (Array.isArray(value)) for (const one of value) words.append(name, String(one));
    else if (value !== undefined && value !== "" && value !== null) words.set(name, String(value));
  }
  return words.toString();
}

/** The query in an address. */
export function readQuery(search: string): ImageQuery {
  const words = new URLSearchParams(search);
  const found: Record<string, unknown> = {};
  for (const name of ["text", "selection", "dataset", "part", "sequence", "model", "kind", "taxonomy"]) {
    const value = words.get(name);
    if (value) found[name] = value;
  }
  if (words.has("state")) found["state"] = words.getAll("state");
  if (words.has("class_number")) found["class_number"] = words.getAll("class_number").map(Number);
  const below = words.get("below_share");
  if (below) found["below_share"] = Number(below);
  return found as ImageQuery;
}

export async function fetchPage(
  query: ImageQuery,
  offset: number,
  limit: number,
): Promise<Schema["ImagePage"]> {
  const response = await request(`/v1/images?${queryText(query)}&offset=${offset}&limit=${limit}`);
  return (await response.json()) as Schema["ImagePage"];
}

export async function fetchIds(query: ImageQuery): Promise<string[]> {
  const response = await request(`/v1/images/ids?${queryText(query)}`);
  return (await response.json()) as string[];
}

export async function fetchNext(query: ImageQuery, after: string | null): Promise<Schema["NextOut"] | null> {
  const words = queryText(query);
  const response = await request(`/v1/queue/next?${words}${after === null ? "" : `&after=${after}`}`);
  return (await response.json()) as Schema["NextOut"] | null;
}

export async function fetchNeighbours(imageId: string, query: ImageQuery): Promise<Schema["Neighbours"]> {
  const response = await request(`/v1/images/${imageId}/neighbours?${queryText(query)}`);
  return (await response.json()) as Schema["Neighbours"];
}

export async function removeImages(ids: readonly string[]): Promise<number> {
  return must(await api.POST("/v1/images/removals", { body: { image_ids: [...ids] } })).images;
}

export async function returnImages(ids: readonly string[]): Promise<number> {
  return must(await api.POST("/v1/images/returns", { body: { image_ids: [...ids] } })).images;
}
