/** What forms offer to choose from: the workspace's models, taxonomies and datasets. */

import { useQuery } from "@tanstack/react-query";
import { formatScore } from "../ui/format.ts";
import type { Suggestions } from "../ui/options_form.tsx";
import { api, must, type Schema } from "./client.ts";
import { useDatasets, useTaxonomies } from "./lists.ts";

export const useModels = () =>
  useQuery({ queryKey: ["models"], queryFn: async () => must(await api.GET("/v1/models")) });

export function useSuggestions(): Suggestions {
  const models = useModels();
  const taxonomies = useTaxonomies();
  const datasets = useDatasets();
  return {
    model: (models.data ?? []).map((m) => ({
      value: m.id,
      label: m.mean_iou === null ? m.name : `${m.name} (mean IoU ${formatScore(m.mean_iou)})`,
    })),
    taxonomy: (taxonomies.data ?? []).map((t) => ({ value: t.name, label: t.title })),
    dataset: (datasets.data ?? []).map((d) => ({ value: d.id, label: datasetLabel(d) })),
  };
}

export const datasetLabel = (d: Schema["DatasetOut"]): string =>
  `${d.taxonomy}, ${Object.values(d.windows).reduce((a, b) => a + b, 0)} windows, ${d.content_hash.slice(0, 8)}`;
