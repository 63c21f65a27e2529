/** How one picture of a pair lies over the other, in the second picture's pixels. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Where two pictures differ, in pixels of the whole second one. */
export interface Area extends Size {
  readonly x: number;
  readonly y: number;
  readonly kind: string;
}

/** What the check of a pair found; empty for pairs that needed none. */
export interface PairDetail {
  readonly transform?: readonly (readonly number[])[];
  readonly flipped?: boolean;
  readonly areas?: readonly Area[];
}

export interface Laying {
  /** SVG matrix that takes the first picture's pixels, its edge at 0, to the second's. */
  readonly matrix: string;
  /** x y width height that holds both. */
  readonly viewBox: string;
  readonly box: Size;
}

type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/**
 * The server's transform has the centre of a pixel at whole numbers and mirrors the first picture
 * before it is moved; SVG has a pixel's corner there. Pairs without a transform (equal pictures, or
 * ones that are only alike) are laid corner on corner.
 */
export function layingOf(first: Size, second: Size, detail: PairDetail): Laying {
  const matrix = mirrored(cornered(first, second, detail.transform), first, detail.flipped === true);
  const corners = [
    [0, 0],
    [first.width, 0],
    [0, first.height],
    [first.width, first.height],
  ].map(([x, y]) => moved(matrix, x as number, y as number));
  const xs = [0, second.width, ...corners.map(([x]) => x)];
  const ys = [0, second.height, ...corners.map(([, y]) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const box = { width: Math.max(...xs) - left, height: Math.max(...ys) - top };
  return {
    matrix: `matrix(${matrix.join(" ")})`,
    viewBox: `${left} ${top} ${box.width} ${box.height}`,
    box,
  };
}

function cornered(first: Size, second: Size, transform: PairDetail["transform"]): Matrix {
  const [top, bottom] = transform ?? [];
  if (top?.length !== 3 || bottom?.length !== 3) {
    return [second.width / first.width, 0, 0, second.height / first.height, 0, 0];
  }
  const [a, c, e] = top as [number, number, number];
  const [b, d, f] = bottom as [number, number, number];
  return [a, b, c, d, e + 0.5 - 0.5 * (a + c), f + 0.5 - 0.5 * (b + d)];
}

/** The matrix with a mirroring of the first picture, left to right, before it. */
function mirrored([a, b, c, d, e, f]: Matrix, first: Size, isFlipped: boolean): Matrix {
  return isFlipped ? [-a, -b, c, d, a * first.width + e, b * first.width + f] : [a, b, c, d, e, f];
}

const moved = ([a, b, c, d, e, f]: Matrix, x: number, y: number): readonly [number, number] => [
  a * x + c * y + e,
  b * x + d * y + f,
];
