/** What imports and exports give back, as their runs record it. */

import { request } from "./client.ts";

export interface ValueRow {
  readonly value: string;
  readonly name: string;
  /** Share of the labelled pixels, 0…1. */
  readonly share: number;
  /** Key of its class, `ignore` or `unlabelled`; empty: nothing answers to it. */
  readonly class: string;
  readonly reason: string;
}

export interface Remedy {
  readonly title: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface Finding {
  readonly kind: string;
  readonly title: string;
  readonly text: string;
  readonly pictures: readonly string[];
  readonly n_pictures: number;
  readonly remedies: readonly Remedy[];
}

export interface Preview {
  readonly name: string;
  /** JPEG of the image, and beside it the labels. */
  readonly file: string;
  readonly plane: string;
  readonly width: number;
  readonly height: number;
}

export interface ClassChoice {
  readonly key: string;
  readonly name: string;
  readonly color: string;
}

export interface ImportResult {
  readonly format: string;
  readonly reason: string;
  readonly rule: string;
  readonly taxonomy: string;
  readonly looked_only: boolean;
  readonly images: number;
  readonly new_images: number;
  readonly kept: number;
  readonly rejected: readonly { readonly file: string; readonly reason: string }[];
  readonly values: readonly ValueRow[];
  readonly findings: readonly Finding[];
  readonly previews: readonly Preview[];
  readonly classes: readonly ClassChoice[];
  readonly labelled_share: number;
}

export interface ExportResult {
  readonly format: string;
  readonly variant: string;
  readonly out: string;
  readonly pictures: number;
  readonly parts: Readonly<Record<string, number>>;
  readonly classes: readonly {
    readonly key: string;
    readonly name: string;
    readonly value: string;
    readonly pixels: number;
    readonly agreement: number;
  }[];
  readonly objects: number;
  readonly same_objects: number;
  readonly flattened_objects: number;
  readonly agreement: number;
  readonly is_exact: boolean;
  readonly losses: readonly {
    readonly what: string;
    readonly why: string;
    readonly quote: string;
    readonly source: string;
  }[];
  readonly answers: Readonly<Record<string, string>>;
  readonly size_bytes: number;
}

export const previewAddress = (runId: string, file: string): string => `/v1/runs/${runId}/previews/${file}`;

/** The labels of a preview: for each pixel its value's row in the table of values, counted from 1. */
export async function fetchPlane(runId: string, preview: Preview): Promise<Uint8Array> {
  const response = await request(previewAddress(runId, preview.plane));
  const body = response.body?.pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(body ?? null).arrayBuffer());
}
