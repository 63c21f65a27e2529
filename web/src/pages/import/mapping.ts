/** What each value of the files means: what the look found, and what a person says to it. */

import type { ValueRow } from "../../api/exchange.ts";

/** Value → class key, `ignore` or `unlabelled`, as a person chose it. */
export type Choices = Readonly<Record<string, string>>;

const NEAR = /^near (#[0-9a-f]{6})$/;

/** What a value means now; empty: nobody knows. A colour that was snapped follows the one it is near. */
export function meaningOf(row: ValueRow, choices: Choices): string {
  const near = NEAR.exec(row.reason)?.[1];
  return choices[row.value] ?? (near === undefined ? undefined : choices[near]) ?? row.class;
}

/** Values that nothing answers to yet. */
export const unanswered = (rows: readonly ValueRow[], choices: Choices): ValueRow[] =>
  rows.filter((row) => meaningOf(row, choices) === "");

/** The entries `VALUE=CLASS` that import what the table shows; `given` are those of the look. */
export function mapEntries(
  given: readonly string[],
  rows: readonly ValueRow[],
  choices: Choices,
  isSnapped: boolean,
): string[] {
  const entries = new Map<string, string>();
  for (const entry of given) entries.set(plainValue(entryValue(entry)), entry);
  for (const row of rows) {
    // Which colour is the nearest depends on the mapping: what was snapped is said in so many words.
    if (choices[row.value] === undefined && !isSnapped) continue;
    const meaning = meaningOf(row, choices);
    if (meaning !== "") entries.set(plainValue(row.value), `${row.value}=${meaning}`);
  }
  return [...entries.values()];
}

/** The entries of a look with those of a remedy, which hold where both speak. */
export function withEntries(given: readonly string[], more: readonly string[]): string[] {
  const entries = new Map<string, string>();
  for (const entry of [...given, ...more]) entries.set(plainValue(entryValue(entry)), entry);
  return [...entries.values()];
}

export const entryValue = (entry: string): string => entry.slice(0, entry.lastIndexOf("="));

const plainValue = (value: string): string => value.trim().toLowerCase();

/** Values with one meaning, as one: share of the labelled pixels by class key, the largest first. */
export function sharesByClass(rows: readonly ValueRow[]): [key: string, share: number][] {
  const shares = new Map<string, number>();
  for (const row of rows) shares.set(row.class, (shares.get(row.class) ?? 0) + row.share);
  return [...shares].sort((a, b) => b[1] - a[1]);
}
