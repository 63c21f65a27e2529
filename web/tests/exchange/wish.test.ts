/** What an export is asked, and where in an import a page stands. */

import { expect, test } from "vitest";
import { nameOf } from "../../src/api/sent_datasets.ts";
import { answersOf, asQuery, FIRST_WISH, mergedWith, missing } from "../../src/pages/export/wish.ts";
import { placeAddress, readPlace } from "../../src/pages/import/address.ts";
import { formatBytes } from "../../src/ui/format.ts";

const OUTLINES = { name: "polygons", is_outlines: true, losses: [] };
const MASKS = { name: "rle", is_outlines: false, losses: [] };

test("an archive is named after the workspace and the format, and holds no links", () => {
  const wish = { ...FIRST_WISH, format: "coco", images: "link" as const };
  const answers = answersOf(wish, MASKS, "city");
  expect(answers).toMatchObject({ format: "coco", out: "city-coco.zip", images: "copy", simplify: null });
  expect(answersOf({ ...wish, isPacked: false }, MASKS, "city")).toMatchObject({
    out: "city-coco",
    images: "link",
  });
  expect(answersOf({ ...wish, name: " Mine.zip " }, MASKS, "city")["out"]).toBe("Mine.zip");
});

test("only outlines are simplified, and a dataset says itself which states it has", () => {
  const wish = { ...FIRST_WISH, format: "coco", simplify: 1.5, state: "accepted" as const };
  expect(answersOf(wish, OUTLINES, "w")).toMatchObject({ simplify: 1.5, state: "accepted" });
  expect(answersOf(wish, MASKS, "w")["simplify"]).toBeNull();
  const frozen = { ...wish, from: "dataset" as const, dataset: "d", selection: "s" };
  expect(answersOf(frozen, MASKS, "w")).toMatchObject({ dataset: "d", selection: null, state: null });
});

test("what is missing is said, one thing after the other", () => {
  expect(missing(FIRST_WISH)).toBe("Choose a format first.");
  const wish = { ...FIRST_WISH, format: "coco" };
  expect(missing(wish)).toBeNull();
  expect(missing({ ...wish, from: "selection" })).toBe("Choose a selection.");
  expect(missing({ ...wish, from: "dataset" })).toBe("Choose a dataset.");
});

test("images are counted where a list can say them", () => {
  expect(asQuery({ ...FIRST_WISH, state: "accepted" })).toEqual({ state: ["accepted"] });
  expect(asQuery({ ...FIRST_WISH, from: "selection", selection: "s" })).toMatchObject({ selection: "s" });
  expect(asQuery({ ...FIRST_WISH, layer: "second:import" })).toBeNull();
  expect(asQuery({ ...FIRST_WISH, parts: ["val"] })).toBeNull();
});

test("classes of one name become one, whatever its case; those left out do not", () => {
  const classes = [
    { key: "car", name: "Car" },
    { key: "bus", name: "Bus" },
    { key: "van", name: "Van" },
  ];
  const names = { bus: "car", van: "ignore" };
  expect(mergedWith("car", classes, names)).toEqual(["Bus"]);
  expect(mergedWith("bus", classes, names)).toEqual(["Car"]);
  expect(mergedWith("van", classes, { ...names, car: "ignore" })).toEqual([]);
});

test("a place in the import and its address are one", () => {
  for (const place of [
    { look: null, run: null },
    { look: "a", run: null },
    { look: "a", run: "b" },
  ]) {
    expect(readPlace(placeAddress(place).split("?")[1] ?? "")).toEqual(place);
  }
});

test("a drop is called after its one folder, or counted", () => {
  const drop = (...paths: string[]) => paths.map((path) => ({ path, file: new File([], "x") }));
  expect(nameOf(drop("Tile 8/images/a.jpg", "Tile 8/masks/a.png"))).toBe("Tile 8");
  expect(nameOf(drop("city.zip"))).toBe("city.zip");
  expect(nameOf(drop("images/a.jpg", "masks/a.png"))).toBe("2 files");
});

test("sizes of files read as file managers show them", () => {
  expect([0, 999, 1000, 4_250_000, 310_000_000].map(formatBytes)).toEqual([
    "0\u202fbytes",
    "999\u202fbytes",
    "1.0\u202fkB",
    "4.3\u202fMB",
    "310\u202fMB",
  ]);
});
