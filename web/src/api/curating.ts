/** What the newest finished run of a way to curate found. */

import { useQuery } from "@tanstack/react-query";
import { api, must, type Schema } from "./client.ts";

/** The run with its result; null if there is none. */
export function useLastCurated(kind: string) {
  return useQuery({
    queryKey: ["run", "newest", kind],
    queryFn: async (): Promise<Schema["RunOut"] | null> => {
      const found = must(await api.GET("/v1/runs", { params: { query: { limit: 1000 } } })).find(
        (run) => run.stage === "curate" && run.kind === kind && run.state === "done",
      );
      if (found === undefined) return null;
      return must(await api.GET("/v1/runs/{run_id}", { params: { path: { run_id: found.id } } }));
    },
  });
}
