/** What somebody wants to collect, before it is sent. */

import type { Answers } from "../../api/runs.ts";

export type Where = "here" | "elsewhere";

export interface FrameChoice {
  readonly how: "every" | "scene" | "moved";
  readonly every_s: number;
  readonly moved: number;
  readonly lossless: boolean;
}

const VIDEO = /\.(mp4|m4v|mov|avi|mkv|webm|mpe?g|m2?ts|3gp|wmv)$/i;

export const isVideo = (name: string): boolean => VIDEO.test(name);

/** The answers that choose frames; only one of the three ways is sent. */
export function framesOf({ how, every_s, moved, lossless }: FrameChoice): Answers {
  const chosen = how === "every" ? { every_s } : how === "moved" ? { moved } : { scene: true };
  return lossless ? { ...chosen, lossless } : chosen;
}

/** The open dataset that an address names; null if it names none. */
export function licenceNameOf(address: string): string | null {
  const found = /^\s*dataset:(.*)$/.exec(address);
  return found === null ? null : (found[1] ?? "").trim();
}
