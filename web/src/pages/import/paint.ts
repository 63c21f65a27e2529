/** Colours of a preview's labels: by what each value means now, or one value alone. */

import type { ClassChoice, ValueRow } from "../../api/exchange.ts";
import { rgbOf } from "../../api/taxonomies.ts";
import { type Choices, meaningOf } from "./mapping.ts";

export type Rgba = readonly [number, number, number, number];

const CLEAR: Rgba = [0, 0, 0, 0];
export const IGNORE_COLOR = "#555555";
const GOLDEN = 137.508;

/** The colour of a value that has no class yet: its own, or one that tells it from its neighbours. */
export function ownColor(value: string, row: number): string {
  return /^#[0-9a-f]{6}$/.test(value) ? value : hex((row * GOLDEN) % 360);
}

/** The colour in which a value is shown now; null: it is shown as unlabelled, with none. */
export function shownColor(
  row: ValueRow,
  at: number,
  choices: Choices,
  classes: ReadonlyMap<string, ClassChoice>,
): string | null {
  const meaning = meaningOf(row, choices);
  if (meaning === "") return ownColor(row.value, at);
  if (meaning === "unlabelled") return null;
  return meaning === "ignore" ? IGNORE_COLOR : (classes.get(meaning)?.color ?? IGNORE_COLOR);
}

/** A colour for each number of a plane: 0 is unlabelled, k the k-th row; `only` hides all others. */
export function tableOf(colors: readonly (string | null)[], only: number | null): Rgba[] {
  const table: Rgba[] = Array.from({ length: 256 }, () => CLEAR);
  colors.slice(0, 255).forEach((color, index) => {
    if (only !== null && only !== index) return;
    // A value that is looked for stands out from the darkened picture, whatever its colour is.
    const shown = only === index && isDark(color) ? "#ffffff" : color;
    if (shown !== null) table[index + 1] = [...rgbOf(shown), 255];
  });
  return table;
}

function isDark(color: string | null): boolean {
  if (color === null) return true;
  const [red, green, blue] = rgbOf(color);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 45;
}

/** The plane in those colours: four bytes a pixel, as a canvas takes them. */
export function paintPlane(plane: Uint8Array, table: readonly Rgba[]): Uint8ClampedArray<ArrayBuffer> {
  const bytes = new Uint8ClampedArray(4 * plane.length);
  const words = new Uint32Array(bytes.buffer);
  const word = new Uint32Array(Uint8ClampedArray.from(table.flat()).buffer);
  for (let i = 0; i < words.length; i++) words[i] = word[plane[i] ?? 0] ?? 0;
  return bytes;
}

/** A hue as a colour that stands out on photos. */
function hex(hue: number): string {
  const channel = (n: number): string => {
    const k = (n + hue / 30) % 12;
    const value = 0.55 - 0.42 * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(value * 255)
      .toString(16)
      .padStart(2, "0");
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`;
}
