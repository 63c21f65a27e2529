/** Starting a run, and following it: its events, as they come. */

import { api, must, type Schema } from "./client.ts";

export type Answers = Readonly<Record<string, unknown>>;

/** Start a run; what is not answered is as in the run `like`, or as usual. */
export async function startRun(form: string, answers: Answers, like?: string): Promise<Schema["RunOut"]> {
  return must(await api.POST("/v1/runs", { body: { form, answers, now: false, like: like ?? null } }));
}

export interface RunProgress {
  readonly part: string;
  readonly done: number;
  readonly total: number | null;
  readonly unit: string;
  readonly secondsLeft: number | null;
  readonly note: string;
}

export interface RunMessage {
  readonly level: "info" | "warning";
  readonly text: string;
  readonly hint: string | null;
}

export interface Curve {
  readonly name: string;
  readonly points: readonly { readonly step: number; readonly value: number }[];
}

export interface RunFailure {
  readonly message: string;
  readonly hint: string | null;
  readonly cancelled?: boolean;
  readonly code?: string;
  /** For a question: the option that answers it, and what it may be. */
  readonly field?: string | null;
  readonly choices?: readonly string[];
}

/** What is known of a run from its events so far. */
export interface RunStory {
  readonly progress: RunProgress | null;
  readonly messages: readonly RunMessage[];
  readonly curves: readonly Curve[];
  readonly result: Record<string, unknown> | null;
  readonly failure: RunFailure | null;
  readonly isOver: boolean;
}

export const EMPTY_STORY: RunStory = {
  progress: null,
  messages: [],
  curves: [],
  result: null,
  failure: null,
  isOver: false,
};

type RunEvent =
  | { kind: "started" }
  | {
      kind: "progress";
      part: string;
      done: number;
      total: number | null;
      unit: string;
      seconds_left: number | null;
      note: string;
    }
  | { kind: "metric"; name: string; value: number; step: number }
  | { kind: "message"; level: "info" | "warning"; text: string; hint: string | null }
  | { kind: "finished"; result: Record<string, unknown> }
  | ({ kind: "failed" } & RunFailure);

/** The story with one more event. */
export function told(story: RunStory, event: RunEvent): RunStory {
  switch (event.kind) {
    case "started":
      return story;
    case "progress": {
      const { part, done, total, unit, seconds_left: secondsLeft, note } = event;
      return { ...story, progress: { part, done, total, unit, secondsLeft, note } };
    }
    case "metric": {
      const point = { step: event.step, value: event.value };
      const known = story.curves.find((curve) => curve.name === event.name);
      if (known === undefined)
        return { ...story, curves: [...story.curves, { name: event.name, points: [point] }] };
      const grown = { ...known, points: [...known.points, point] };
      return { ...story, curves: story.curves.map((curve) => (curve === known ? grown : curve)) };
    }
    case "message": {
      const { level, text, hint } = event;
      return { ...story, messages: [...story.messages, { level, text, hint }] };
    }
    case "finished":
      return { ...story, result: event.result, isOver: true };
    case "failed": {
      const { kind: _, ...failure } = event;
      return { ...story, failure, isOver: true };
    }
  }
}

/** Why a run did not get to its end, in its own words; null if it did, or has not ended. */
export const failureOf = (story: RunStory, run: Pick<Schema["RunOut"], "error">): RunFailure | null =>
  story.failure ?? (run.error as RunFailure | null);

/** Follow a run; hears of the whole story at most ten times a second. Returns how to stop. */
export function followRun(runId: string, onStory: (story: RunStory) => void): () => void {
  let story = EMPTY_STORY;
  let timer: ReturnType<typeof setTimeout> | null = null;
  const source = new EventSource(`/v1/runs/${runId}/events`);
  const tell = (): void => {
    timer ??= setTimeout(() => {
      timer = null;
      onStory(story);
    }, 100);
  };
  source.addEventListener("run", (event) => {
    story = told(story, JSON.parse((event as MessageEvent<string>).data) as RunEvent);
    tell();
  });
  source.addEventListener("over", () => {
    story = { ...story, isOver: true };
    source.close();
    tell();
  });
  return () => {
    source.close();
    if (timer !== null) clearTimeout(timer);
  };
}
