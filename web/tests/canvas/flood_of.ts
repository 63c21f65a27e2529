/** Reads fills from standard input as JSON, and answers with what each fills; for the test against scipy. */

import { readFileSync } from "node:fs";
import { flood } from "../../src/canvas/kernels/flood.ts";

interface Asked {
  readonly cells: number[][];
  readonly column: number;
  readonly row: number;
}

const asked = JSON.parse(readFileSync(0, "utf-8")) as Asked[];
const answers = asked.map(({ cells, column, row }) => {
  const rows = cells.map((line) => Uint8Array.from(line));
  const width = cells[0]?.length ?? 0;
  const spans: number[][] = [];
  flood(
    (y) => rows[y] as Uint8Array,
    column,
    row,
    { x0: 0, y0: 0, x1: width, y1: rows.length },
    (...span) => spans.push(span),
  );
  return spans;
});
process.stdout.write(JSON.stringify(answers));
