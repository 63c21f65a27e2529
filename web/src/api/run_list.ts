/** The newest runs; when one of them has ended, everything that it may have changed is looked up anew. */

import { type UseQueryResult, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, must, type Schema } from "./client.ts";

type Run = Schema["RunLine"];

const KEY = "runs";

export const isActive = (state: Run["state"]): boolean => state === "queued" || state === "running";

/** Whether a run of `now` has ended since `before` was asked for. */
export function hasEnded(before: readonly Run[], now: readonly Run[]): boolean {
  const over = new Set(before.filter(({ state }) => !isActive(state)).map(({ id }) => id));
  return now.some(({ id, state }) => !isActive(state) && !over.has(id));
}

/**
 * The newest runs, asked for every three seconds while a page shows them.
 *
 * A run may end between two of these looks, before anything on the page followed it: so its end is told
 * from the list as well, not from its events alone.
 */
export function useRuns(): UseQueryResult<Run[]> {
  const queries = useQueryClient();
  return useQuery({
    queryKey: [KEY],
    queryFn: async () => {
      const before = queries.getQueryData<Run[]>([KEY]);
      const now = must(await api.GET("/v1/runs"));
      if (before !== undefined && hasEnded(before, now)) {
        void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== KEY });
      }
      return now;
    },
    refetchInterval: 3000,
  });
}

/** The run of a stage that is waiting or under way; null if there is none. */
export function useActiveRun(stage: string): string | null {
  return useRuns().data?.find((run) => run.stage === stage && isActive(run.state))?.id ?? null;
}
