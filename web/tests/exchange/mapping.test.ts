/** What values mean, and what is sent of it. */

import { describe, expect, test } from "vitest";
import type { ValueRow } from "../../src/api/exchange.ts";
import {
  mapEntries,
  meaningOf,
  sharesByClass,
  unanswered,
  withEntries,
} from "../../src/pages/import/mapping.ts";
import { IGNORE_COLOR, ownColor, paintPlane, shownColor, tableOf } from "../../src/pages/import/paint.ts";

const row = (value: string, meaning = "", reason = "", share = 0.1): ValueRow => ({
  value,
  name: "",
  share,
  class: meaning,
  reason,
});

const ROWS = [
  row("#8429f6", "", "", 0.5),
  row("#6ec1e4", "road", "colour of the class", 0.3),
  row("#6ec1e5", "road", "near #6ec1e4", 0.1),
  row("a=b", "", "", 0.1),
];

describe("meanings", () => {
  test("a choice holds before what was found, and a snapped colour follows the one it is near", () => {
    const choices = { "#8429f6": "land", "#6ec1e4": "water" };
    expect(ROWS.map((one) => meaningOf(one, choices))).toEqual(["land", "water", "water", ""]);
    expect(unanswered(ROWS, choices)).toEqual([ROWS[3]]);
    expect(meaningOf(row("#6ec1e5", "road", "near #6ec1e4"), { "#6ec1e5": "ignore", "#6ec1e4": "x" })).toBe(
      "ignore",
    );
  });

  test("only what was chosen is sent, over what the look was given", () => {
    const given = ["#8429F6=building", "other=ignore"];
    expect(mapEntries(given, ROWS, { "#8429f6": "land", "a=b": "road" }, false)).toEqual([
      "#8429f6=land",
      "other=ignore",
      "a=b=road",
    ]);
  });

  test("after snapping every answer is sent, since the nearest colour depends on the mapping", () => {
    expect(mapEntries([], ROWS, { "#6ec1e4": "water" }, true)).toEqual(["#6ec1e4=water", "#6ec1e5=water"]);
  });

  test("entries of a remedy hold over those of the look", () => {
    expect(withEntries(["1=road", "2=sky"], ["2=tree", "other=unlabelled"])).toEqual([
      "1=road",
      "2=tree",
      "other=unlabelled",
    ]);
  });

  test("values of one class are one share, the largest first", () => {
    expect(
      sharesByClass([row("1", "road", "", 0.2), row("2", "sky", "", 0.5), row("3", "road", "", 0.3)]),
    ).toEqual([
      ["road", 0.5],
      ["sky", 0.5],
    ]);
  });
});

describe("colours of a preview", () => {
  const classes = new Map([["road", { key: "road", name: "Road", color: "#5f6570" }]]);
  const colorOf = (one: ValueRow, choices = {}) => shownColor(one, 0, choices, classes);

  test("a value has its class's colour, its own while it has none, and no colour when unlabelled", () => {
    expect(colorOf(row("#6ec1e4", "road"))).toBe("#5f6570");
    expect(colorOf(row("#8429f6"))).toBe("#8429f6");
    expect(colorOf(row("7", "unlabelled"))).toBeNull();
    expect(colorOf(row("7", "road"), { 7: "ignore" })).toBe(IGNORE_COLOR);
    const own = [0, 1, 2, 3].map((at) => ownColor("7", at));
    expect(new Set(own).size).toBe(4);
    for (const color of own) expect(color).toMatch(/^#[0-9a-f]{6}$/);
  });

  test("each number of a plane becomes the colour of its row, 0 nothing", () => {
    const painted = paintPlane(Uint8Array.from([0, 1, 2, 2]), tableOf(["#010203", "#ff0000"], null));
    expect([...painted]).toEqual([0, 0, 0, 0, 1, 2, 3, 255, 255, 0, 0, 255, 255, 0, 0, 255]);
  });

  test("a value that is looked for is alone, and seen even if it is dark or has no colour", () => {
    const table = tableOf(["#010203", "#ff0000", null], 0);
    expect(table.slice(1, 4).map((rgba) => rgba[3])).toEqual([255, 0, 0]);
    expect(table[1]).toEqual([255, 255, 255, 255]);
    expect(tableOf(["#010203", null], 1)[2]).toEqual([255, 255, 255, 255]);
    expect(tableOf(["#ff0000"], 0)[1]).toEqual([255, 0, 0, 255]);
  });

  test("rows beyond what a byte can say are left out", () => {
    expect(
      tableOf(
        Array.from({ length: 300 }, () => "#ffffff"),
        null,
      ),
    ).toHaveLength(256);
  });
});
