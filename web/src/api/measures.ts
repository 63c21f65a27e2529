/** Measures of quality, and which images lie beyond a threshold. */

import { useQuery } from "@tanstack/react-query";
import { api, must, type Schema } from "./client.ts";

export type Measure = Schema["MeasureOut"];
export type Preview = Schema["Preview"];

const BINS = 60;
/** Where a measure has no usual threshold, the worst so many per cent are shown first. */
const WORST_PERCENT = 5;

export const useMeasures = () =>
  useQuery({ queryKey: ["measures"], queryFn: async () => must(await api.GET("/v1/measures")) });

export const useHistogram = (key: string) =>
  useQuery({
    queryKey: ["measures", key, "histogram"],
    queryFn: async () =>
      must(
        await api.GET("/v1/measures/{key}/histogram", { params: { path: { key }, query: { bins: BINS } } }),
      ),
  });

/** Images on both sides of a threshold; of the usual one if it is null. */
export async function fetchPreview(
  measure: Pick<Measure, "key" | "threshold">,
  threshold: number | null,
  limit: number,
): Promise<Preview> {
  const at =
    threshold !== null ? { threshold } : measure.threshold === null ? { percent: WORST_PERCENT } : {};
  return must(
    await api.GET("/v1/measures/{key}/preview", {
      params: { path: { key: measure.key }, query: { limit, ...at } },
    }),
  );
}

export async function fetchBeyond(key: string, threshold: number): Promise<string[]> {
  return must(
    await api.GET("/v1/measures/{key}/beyond", { params: { path: { key }, query: { threshold } } }),
  );
}

export async function selectBeyond(key: string, threshold: number): Promise<Schema["SelectionOut"]> {
  return must(
    await api.POST("/v1/measures/{key}/selections", {
      params: { path: { key } },
      body: { threshold, name: null },
    }),
  );
}
