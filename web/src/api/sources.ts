/** Where images come from. */

import { useQuery } from "@tanstack/react-query";
import { api, must, request, type Schema } from "./client.ts";

export type Source = Schema["SourceOut"];

export const useSources = () =>
  useQuery({ queryKey: ["sources"], queryFn: async () => must(await api.GET("/v1/sources")) });

/** What can be collected from; it changes with the version only. */
export const useSourceKinds = () =>
  useQuery({
    queryKey: ["sources", "kinds"],
    queryFn: async () => must(await api.GET("/v1/sources/kinds")),
    staleTime: Number.POSITIVE_INFINITY,
  });

export async function fetchRejected(
  sourceId: string,
  after: string | null,
  limit: number,
): Promise<Schema["RejectedPage"]> {
  const words = new URLSearchParams({ limit: String(limit) });
  if (after !== null) words.set("after", after);
  return (await (
    await request(`/v1/sources/${sourceId}/rejected?${words}`)
  ).json()) as Schema["RejectedPage"];
}

/** A folder was moved: its images are looked for below the place that `/v1/folders` calls so. */
export async function findAgain(sourceId: string, folder: string): Promise<Schema["RunOut"]> {
  return must(
    await api.POST("/v1/sources/{source_id}/place", {
      params: { path: { source_id: sourceId } },
      body: { folder },
    }),
  );
}

export async function lookAgain(sourceId: string): Promise<Schema["RunOut"]> {
  return must(await api.POST("/v1/sources/{source_id}/runs", { params: { path: { source_id: sourceId } } }));
}
