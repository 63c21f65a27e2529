import { expect, test } from "vitest";
import { hasEnded } from "../../src/api/run_list.ts";

type Run = Parameters<typeof hasEnded>[0][number];

const run = (id: string, state: Run["state"]): Run => ({ id, state }) as Run;

test("a run that was under way and is over has ended", () => {
  expect(hasEnded([run("a", "running")], [run("a", "done")])).toBe(true);
  expect(hasEnded([run("a", "queued")], [run("a", "failed")])).toBe(true);
});

test("a run that began and ended between two looks has ended", () => {
  expect(hasEnded([run("a", "done")], [run("b", "done"), run("a", "done")])).toBe(true);
});

test("nothing has ended while runs begin, go on, or were over before", () => {
  expect(hasEnded([], [run("a", "queued")])).toBe(false);
  expect(hasEnded([run("a", "queued")], [run("a", "running")])).toBe(false);
  expect(hasEnded([run("a", "done"), run("b", "cancelled")], [run("a", "done")])).toBe(false);
});
