/** How the canvas shows things: never a pixel of image or labels changes with it. */

export type View = "semantic" | "instance" | "panoptic";
export type Fill = "fill" | "outline" | "pattern";
export type CompareMode = "off" | "split" | "blink" | "difference";

export interface Look {
  readonly view: View;
  readonly fill: Fill;
  /** 0 … 1. */
  readonly opacity: number;
  /** Labels are hidden while the key is held. */
  readonly isPeeking: boolean;
  /** Class numbers that are not drawn. */
  readonly hidden: ReadonlySet<number>;
  /** If not null, only this class is drawn. */
  readonly solo: number | null;
  readonly showUnlabelled: boolean;
  readonly brightness: number;
  readonly contrast: number;
  readonly gamma: number;
  readonly compare: CompareMode;
  /** Where the split runs, 0 … 1 of the width. */
  readonly splitAt: number;
  /** Which side a blink shows now. */
  readonly blinkOther: boolean;
}

export const DEFAULT_LOOK: Look = {
  view: "semantic",
  fill: "fill",
  opacity: 0.5,
  isPeeking: false,
  hidden: new Set(),
  solo: null,
  showUnlabelled: false,
  brightness: 0,
  contrast: 1,
  gamma: 1,
  compare: "off",
  splitAt: 0.5,
  blinkOther: false,
};

export interface ClassLook {
  readonly number: number;
  readonly color: readonly [number, number, number];
  readonly isThing: boolean;
}

/** What the renderer looks up for each class number: colour and flags. */
export interface ClassTable {
  /** 65,536 × RGBA; alpha 0 hides the class. */
  readonly colors: Uint8Array;
  /** 65,536 × one byte: pattern 0 … 7, plus 128 for things. */
  readonly flags: Uint8Array;
}

const IGNORE_GREY = 70;

/** The table of a taxonomy's classes under a look; merged classes are drawn as what they became. */
export function classTable(
  classes: readonly ClassLook[],
  resolved: ReadonlyMap<number, number>,
  look: Look,
): ClassTable {
  const colors = new Uint8Array(65_536 * 4);
  const flags = new Uint8Array(65_536);
  const isShown = (number: number): boolean =>
    look.solo === null ? !look.hidden.has(number) : look.solo === number;
  const byNumber = new Map(classes.map((c, index) => [c.number, { ...c, pattern: index % 8 }]));
  for (const [number, target] of resolved) {
    const found = byNumber.get(target);
    if (found === undefined) continue;
    colors.set([...found.color, isShown(target) ? 255 : 0], number * 4);
    flags[number] = found.pattern + (found.isThing ? 128 : 0);
  }
  colors.set([IGNORE_GREY, IGNORE_GREY, IGNORE_GREY, isShown(65_535) ? 255 : 0], 65_535 * 4);
  flags[65_535] = 7;
  return { colors, flags };
}
