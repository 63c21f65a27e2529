import { expect, test } from "vitest";
import { LabelDocument, renumberedChange } from "../../src/canvas/document.ts";
import { FIRST_OBJECT } from "../../src/canvas/segments.ts";

function pageWithObject() {
  const page = new LabelDocument(512, 512);
  page.load(0, new Uint32Array(512 * 512));
  page.begin();
  page.putRow({ id: FIRST_OBJECT, classNumber: 7, attributes: {} });
  page.paintSpan(10, 0, 100, FIRST_OBJECT);
  const change = page.commit();
  if (change === null) throw new Error("nothing painted");
  return { page, change };
}

test("an object that was undone, renumbered and redone counts for its class", () => {
  const { page, change } = pageWithObject();
  page.swap(change, "undo");
  expect(page.counts.pixels.get(7)).toBe(0);
  const newByOld = new Map([[FIRST_OBJECT, FIRST_OBJECT + 5]]);
  page.objects.renumber(newByOld);
  page.swap(renumberedChange(change, newByOld), "redo");
  expect(page.counts.pixels.get(7)).toBe(100);
  expect(page.counts.pixels.get(0)).toBe(512 * 512 - 100);
});

test("another class for an object moves its pixels, and undo moves them back", () => {
  const { page } = pageWithObject();
  const change = page.changeRow({ id: FIRST_OBJECT, classNumber: 3, attributes: {} });
  expect([page.counts.pixels.get(7), page.counts.pixels.get(3)]).toEqual([0, 100]);
  page.swap(change, "undo");
  expect([page.counts.pixels.get(7), page.counts.pixels.get(3)]).toEqual([100, 0]);
});
