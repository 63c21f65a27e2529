/** From image to image: the list, the queue, submitting, copying from the one before. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useLocation, useSearch } from "wouter";
import { ApiError, api, must, type Schema } from "../../api/client.ts";
import { fetchNeighbours, fetchNext, type ImageQuery, queryText } from "../../api/images.ts";
import type { CanvasEngine } from "../../canvas/engine.ts";
import { notify, notifyProblem } from "../../ui/notices.tsx";
import type { EditorDoors } from "./actions/index.ts";
import { say } from "./status.ts";
import type { Opened } from "./use_engine.ts";

export type AnnotationState = Schema["AnnotationOut"]["state"];

export interface Flow {
  readonly doors: EditorDoors;
  readonly state: AnnotationState;
  readonly neighbours: Schema["Neighbours"] | undefined;
  setState(state: AnnotationState): void;
}

export function useFlow(
  engine: CanvasEngine,
  { image, annotation }: Opened,
  query: ImageQuery,
  { openDrafts }: { openDrafts: () => void },
): Flow {
  const [, go] = useLocation();
  const search = useSearch();
  const queries = useQueryClient();
  const [state, setStateShown] = useState<AnnotationState>(annotation.state);
  const words = queryText(query);
  const { data: neighbours } = useQuery({
    queryKey: ["neighbours", image.id, words],
    queryFn: () => fetchNeighbours(image.id, query),
  });
  return useMemo(() => {
    const open = (id: string | null | undefined, rest = words): void => {
      if (id) go(`/images/${id}${rest ? `?${rest}` : ""}`);
      else say("There is no other image in this list.");
    };
    const queueNext = async (): Promise<void> => {
      await engine.sync.flush();
      const next = await fetchNext(query, image.id);
      if (next === null || next.image_id === image.id) {
        notify("Everything in this list is done.");
        go(`/images${words ? `?${words}` : ""}`);
        return;
      }
      const window_ = `window=${next.x},${next.y},${next.width},${next.height}`;
      open(next.image_id, [words, "queue=1", window_].filter(Boolean).join("&"));
    };
    const change = async (wanted: AnnotationState, insists: boolean): Promise<boolean> => {
      await engine.sync.flush();
      try {
        const after = must(
          await api.PUT("/v1/annotations/{annotation_id}/state", {
            params: { path: { annotation_id: annotation.id } },
            body: { state: wanted, despite_coverage: insists },
          }),
        );
        setStateShown(after.state);
        void queries.invalidateQueries({ queryKey: ["images"] });
        return true;
      } catch (error) {
        if (error instanceof ApiError && error.code === "coverage-too-low") {
          const regardless = {
            label: "Submit anyway",
            run: () => {
              void change(wanted, true);
            },
          };
          notify(`${error.message} Press E to go to what is left.`, error.mayInsist ? regardless : undefined);
        } else notifyProblem(error);
        return false;
      }
    };
    const submit = async (): Promise<void> => {
      const isDone = state === "submitted" || state === "accepted" || (await change("submitted", false));
      if (isDone) await queueNext();
    };
    const ignore = (promise: Promise<unknown>): void => {
      promise.catch(notifyProblem);
    };
    const doors: EditorDoors = {
      next: () => open(neighbours?.after, search),
      previous: () => open(neighbours?.before, search),
      queueNext: () => ignore(queueNext()),
      submit: () => ignore(submit()),
      copyPrevious: () => {
        const from = neighbours?.before;
        if (!from) {
          say("There is no image before this one.");
          return;
        }
        const copy = {
          kind: "copy-labels",
          from_image: from,
          over: "unlabelled",
          locks: engine.hands.locksForServer,
        } as const;
        ignore(engine.steps.doOnServer("Copy from the previous image", copy));
      },
      takePrediction: openDrafts,
      back: () => go(`/images${words ? `?${words}` : ""}`),
    };
    return {
      doors,
      state,
      neighbours,
      setState: (wanted: AnnotationState) => ignore(change(wanted, false)),
    };
  }, [engine, image.id, annotation.id, query, words, search, go, queries, neighbours, state, openDrafts]);
}
