/** Redactions: what must not be seen in images, looked over by a person. */

import { useQuery } from "@tanstack/react-query";
import { api, must, request, type Schema } from "./client.ts";

export type Redaction = Schema["RedactionOut"];
export type RedactionState = Redaction["state"];
export type RedactedArea = Schema["AreaOut"];

export async function fetchRedactions(
  { states, audit = null }: { states: readonly RedactionState[]; audit?: string | null },
  offset: number,
  limit: number,
): Promise<Schema["RedactionPage"]> {
  const words = new URLSearchParams({ offset: String(offset), limit: String(limit) });
  for (const state of states) words.append("state", state);
  if (audit !== null) words.set("audit", audit);
  return (await (await request(`/v1/redactions?${words}`)).json()) as Schema["RedactionPage"];
}

/** The newest audit, and what it says so far. */
export const useAudit = () =>
  useQuery({
    queryKey: ["redactions", "audit"],
    queryFn: async () => must(await api.GET("/v1/redactions/audit")),
  });

/** The picture before it was covered. */
export const originalAddress = (imageId: string): string => `/v1/redactions/${imageId}/original`;

const at = (imageId: string) => ({ params: { path: { image_id: imageId } } });

export async function saveAreas(imageId: string, areas: readonly RedactedArea[]): Promise<void> {
  const sent = areas.map(({ id, x, y, width, height, keep }) => ({ id, x, y, width, height, keep }));
  must(await api.PUT("/v1/redactions/{image_id}/areas", { ...at(imageId), body: { areas: sent } }));
}

export async function markReviewed(imageId: string): Promise<void> {
  must(await api.POST("/v1/redactions/{image_id}/review", at(imageId)));
}

/** The original in the place of the covered picture. */
export async function bringBack(imageId: string): Promise<void> {
  must(await api.POST("/v1/redactions/{image_id}/original", at(imageId)));
}

/** How much was missed in an image of the audit; null takes the answer back. */
export async function answerAudit(imageId: string, missed: number | null): Promise<void> {
  must(await api.PUT("/v1/redactions/{image_id}/audit", { ...at(imageId), body: { missed } }));
}
