/** The workspace that this server serves. */

import { useQuery } from "@tanstack/react-query";
import { api, must } from "./client.ts";

export const useSession = () =>
  useQuery({
    queryKey: ["session"],
    queryFn: async () => must(await api.GET("/v1/session")),
    staleTime: 60_000,
  });
