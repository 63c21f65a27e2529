/** Pairs of images that show the same, and groups of copies. */

import { request, type Schema } from "./client.ts";

export type Pair = Schema["PairOut"];
export type PairKind = Pair["kind"];
export type Verdict = NonNullable<Pair["verdict"]>;

export interface PairQuery {
  readonly kind: PairKind | null;
  readonly verdict: Verdict | "none" | null;
}

/** Kinds in the words of the page, the surest first. */
export const PAIR_KINDS: Readonly<Record<PairKind, string>> = {
  bytes: "Equal files",
  pixels: "Equal pixels",
  copy: "Edited copies",
  moment: "Moments apart",
  similar: "Similar scenes",
};

export async function fetchPairs(
  query: PairQuery,
  offset: number,
  limit: number,
): Promise<Schema["PairPage"]> {
  const words = new URLSearchParams({ offset: String(offset), limit: String(limit) });
  if (query.kind) words.set("kind", query.kind);
  if (query.verdict) words.set("verdict", query.verdict);
  return (await (await request(`/v1/pairs?${words}`)).json()) as Schema["PairPage"];
}

export async function judgePair({ first, second }: Pair, verdict: Verdict | null): Promise<void> {
  await request(`/v1/pairs/${first.id}/${second.id}/verdict`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ verdict }),
  });
}

export async function fetchGroups(
  withMoments: boolean,
  offset: number,
  limit: number,
): Promise<Schema["GroupPage"]> {
  const words = new URLSearchParams({
    moments: String(withMoments),
    offset: String(offset),
    limit: String(limit),
  });
  return (await (await request(`/v1/pairs/groups?${words}`)).json()) as Schema["GroupPage"];
}
