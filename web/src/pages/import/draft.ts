/** What a person has said to a look and not sent yet; it outlives a reload of the page. */

import { useCallback, useState } from "react";
import type { Schema } from "../../api/client.ts";
import type { Choices } from "./mapping.ts";

/** How it is imported: nothing that a look depends on. */
export interface How {
  readonly existing: "keep" | "fill" | "replace" | "layer";
  readonly split: string | null;
  readonly place: string;
  readonly copy_images: boolean;
  /** Leave out files that cannot be used and pictures without labels. */
  readonly leavesOut: boolean;
}

export interface Draft {
  readonly choices: Choices;
  readonly how: How;
}

/** Answers to the form of import. */
export const howAnswers = ({ leavesOut, ...how }: How): Record<string, unknown> => ({
  ...how,
  skip_broken: leavesOut,
  skip_missing: leavesOut,
});

export function useDraft(run: Schema["RunOut"]): [Draft, (change: Partial<Draft>) => void] {
  const key = `townscape.import.${run.id}`;
  const [draft, setDraft] = useState<Draft>(() => read(key) ?? { choices: {}, how: howOf(run.options) });
  const change = useCallback(
    (part: Partial<Draft>) =>
      setDraft((old) => {
        const next = { ...old, ...part };
        sessionStorage.setItem(key, JSON.stringify(next));
        return next;
      }),
    [key],
  );
  return [draft, change];
}

function read(key: string): Draft | null {
  const text = sessionStorage.getItem(key);
  return text === null ? null : (JSON.parse(text) as Draft);
}

const howOf = (options: Readonly<Record<string, unknown>>): How => ({
  existing: (options["existing"] as How["existing"] | undefined) ?? "keep",
  split: (options["split"] as string | undefined) ?? null,
  place: (options["place"] as string | undefined) ?? "",
  copy_images: options["copy_images"] === true,
  leavesOut: options["skip_broken"] === true,
});
