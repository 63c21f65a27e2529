/** Short lists of the workspace that several pages choose from. */

import { useQuery } from "@tanstack/react-query";
import { api, must } from "./client.ts";

export const useTaxonomies = () =>
  useQuery({ queryKey: ["taxonomies"], queryFn: async () => must(await api.GET("/v1/taxonomies")) });

export const useDatasets = () =>
  useQuery({ queryKey: ["datasets"], queryFn: async () => must(await api.GET("/v1/datasets")) });

export const useSelections = () =>
  useQuery({ queryKey: ["selections"], queryFn: async () => must(await api.GET("/v1/selections")) });

/** Every exchange format; they change with the version only. */
export const useFormats = () =>
  useQuery({
    queryKey: ["formats"],
    queryFn: async () => must(await api.GET("/v1/formats")),
    staleTime: Number.POSITIVE_INFINITY,
  });
