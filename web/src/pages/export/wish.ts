/** What an export is asked to write, and how that becomes the form's answers. */

import type { Schema } from "../../api/client.ts";
import type { ImageQuery } from "../../api/images.ts";
import type { Answers } from "../../api/runs.ts";

type Format = Schema["FormatOut"];
type Variant = Schema["VariantOut"];

export interface Wish {
  readonly format: string;
  /** Null: the format's usual one. */
  readonly variant: string | null;
  readonly taxonomy: string | null;
  readonly layer: string;
  readonly from: "all" | "selection" | "dataset";
  readonly selection: string | null;
  readonly dataset: string | null;
  readonly parts: readonly string[];
  readonly state: "any" | "submitted" | "accepted";
  readonly images: "copy" | "link" | "none";
  /** Class key → the name under which it is written, `ignore` or `unlabelled`. */
  readonly names: Readonly<Record<string, string>>;
  readonly simplify: number;
  readonly licence: string;
  readonly title: string;
  readonly isPacked: boolean;
  readonly name: string;
}

export const FIRST_WISH: Wish = {
  format: "",
  variant: null,
  taxonomy: null,
  layer: "",
  from: "all",
  selection: null,
  dataset: null,
  parts: [],
  state: "any",
  images: "copy",
  names: {},
  simplify: 0,
  licence: "",
  title: "",
  isPacked: true,
  name: "",
};

export const variantOf = (format: Format | undefined, wish: Wish): Variant | undefined =>
  format?.variants.find((variant) => variant.name === wish.variant) ?? format?.variants[0];

/** The name that an export gets if nobody says another. */
export const usualName = (workspace: string, format: string): string => `${workspace}-${format}`;

/** What is still missing before it can be exported; null: nothing. */
export function missing(wish: Wish): string | null {
  if (wish.format === "") return "Choose a format first.";
  if (wish.from === "selection" && wish.selection === null) return "Choose a selection.";
  if (wish.from === "dataset" && wish.dataset === null) return "Choose a dataset.";
  return null;
}

/** Answers to the form of export. */
export function answersOf(wish: Wish, variant: Variant | undefined, workspace: string): Answers {
  const name = (wish.name.trim() || usualName(workspace, wish.format)).replace(/\.zip$/i, "");
  return {
    format: wish.format,
    variant: wish.variant,
    taxonomy: wish.taxonomy,
    layer: wish.layer.trim(),
    selection: wish.from === "selection" ? wish.selection : null,
    dataset: wish.from === "dataset" ? wish.dataset : null,
    parts: wish.parts,
    state: wish.from === "dataset" ? null : wish.state,
    images: wish.isPacked && wish.images === "link" ? "copy" : wish.images,
    map: Object.entries(wish.names).map(([key, written]) => `${key}=${written}`),
    simplify: variant?.is_outlines ? wish.simplify : null,
    licence: wish.licence.trim(),
    name: wish.title.trim(),
    out: wish.isPacked ? `${name}.zip` : name,
  };
}

/** The images that it would hold, as a list can be narrowed; null: a list cannot say. */
export function asQuery(wish: Wish): ImageQuery | null {
  if (wish.layer.trim() !== "" && wish.layer.trim() !== "main") return null;
  if (wish.from === "dataset" || wish.parts.length > 0) return null;
  const states = {
    any: ["draft", "returned", "submitted", "accepted"],
    submitted: ["submitted", "accepted"],
  };
  return {
    state: wish.state === "accepted" ? ["accepted"] : states[wish.state],
    ...(wish.taxonomy !== null && { taxonomy: wish.taxonomy }),
    ...(wish.from === "selection" && wish.selection !== null && { selection: wish.selection }),
  };
}

/** Classes that are written under one name, each with the others: they become one. */
export function mergedWith(
  key: string,
  classes: readonly { readonly key: string; readonly name: string }[],
  names: Wish["names"],
): string[] {
  const written = (c: { key: string; name: string }): string => (names[c.key] ?? c.name).trim().toLowerCase();
  const own = classes.find((c) => c.key === key);
  if (own === undefined || LEFT_OUT.has(written(own))) return [];
  return classes.filter((c) => c.key !== key && written(c) === written(own)).map((c) => c.name);
}

export const LEFT_OUT: ReadonlySet<string> = new Set(["ignore", "unlabelled"]);
