/**
 * Two people changed one tile. The same rule as the server's: what changed on one side only is
 * taken; a pixel that both changed differently is a conflict, and the later save wins there.
 */

export interface Merged {
  /** Pixels that both changed, each to something else; ours stays. */
  readonly conflicts: number;
  /** Whether anything of ours is left that the other side does not have. */
  readonly isOurs: boolean;
}

/**
 * Bring what others saved (`theirs`) into `ours`, in place, against the common `base`.
 *
 * `onConflict` hears of every pixel that both sides changed differently.
 */
export function mergeTheirs(
  base: Uint32Array,
  theirs: Uint32Array,
  ours: Uint32Array,
  onConflict?: (place: number) => void,
): Merged {
  let conflicts = 0;
  let isOurs = false;
  for (let p = 0; p < ours.length; p++) {
    const mine = ours[p] as number;
    const other = theirs[p] as number;
    if (mine === other) continue;
    const was = base[p] as number;
    if (mine === was) {
      ours[p] = other;
    } else {
      isOurs = true;
      if (other !== was) {
        conflicts++;
        onConflict?.(p);
      }
    }
  }
  return { conflicts, isOurs };
}

export function isEqual(a: Uint32Array, b: Uint32Array): boolean {
  for (let p = 0; p < a.length; p++) if (a[p] !== b[p]) return false;
  return true;
}
