/** Taxonomies: their classes, and what changes them. */

import { useQuery } from "@tanstack/react-query";
import { api, must, request, type Schema } from "./client.ts";
import { useSession } from "./session.ts";

export type LabelClass = Schema["LabelClass"];
export type Taxonomy = Schema["Taxonomy"];

/** A taxonomy's newest version; the workspace's default without a name. */
export function useTaxonomy(name?: string | undefined) {
  const session = useSession();
  const wanted = name ?? session.data?.taxonomy;
  return useQuery({
    queryKey: ["taxonomy", wanted],
    queryFn: async () =>
      must(await api.GET("/v1/taxonomies/{name}", { params: { path: { name: wanted as string } } })),
    enabled: wanted !== undefined,
  });
}

export type Change = Schema["ChangeIn"]["change"];

export async function changeTaxonomy(
  name: string,
  version: number,
  change: Change,
): Promise<Schema["TaxonomyOut"]> {
  const response = await request(`/v1/taxonomies/${encodeURIComponent(name)}/changes`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ version, change }),
  });
  return (await response.json()) as Schema["TaxonomyOut"];
}

/** Classes that can be painted, in the order in which they are shown. */
export const activeClasses = (taxonomy: Taxonomy): LabelClass[] =>
  taxonomy.classes
    .filter((c) => c.merged_into === null)
    .sort((a, b) => (a.display_order ?? 0) - (b.display_order ?? 0) || a.number - b.number);

/** Class number → the number under which it is read. */
export const resolvedNumbers = (taxonomy: Taxonomy): Map<number, number> =>
  new Map(taxonomy.classes.map((c) => [c.number, c.merged_into ?? c.number]));

export function rgbOf(color: string): [number, number, number] {
  const value = Number.parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** The key that chooses a class: its own, else its place among the first nine. */
export function shortcutOf(classes: readonly LabelClass[], index: number): string | null {
  const own = classes[index]?.shortcut;
  if (own) return own;
  return index < 9 ? String(index + 1) : null;
}
