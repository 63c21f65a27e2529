import "fake-indexeddb/auto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { LabelDocument } from "../../src/canvas/document.ts";
import { History } from "../../src/canvas/history.ts";
import { isEqual } from "../../src/canvas/kernels/merge.ts";
import { FIRST_OBJECT } from "../../src/canvas/segments.ts";
import { JournalStore } from "../../src/canvas/sync/journal.ts";
import { recover } from "../../src/canvas/sync/recover.ts";
import { type Conflict, Sync, type SyncState } from "../../src/canvas/sync/sync.ts";
import { FakeServer, Line } from "./fake_server.ts";

const SIZE = 700; // four tiles, three of them cut
const QUICK = { delayMs: 1, longestMs: 2, retryMs: [1] };

class Page {
  readonly document = new LabelDocument(SIZE, SIZE);
  readonly history = new History();
  readonly conflicts: Conflict[] = [];
  readonly line: Line;
  sync!: Sync;
  state: SyncState = { kind: "saved" };

  constructor(
    server: FakeServer,
    readonly store: JournalStore,
    readonly name: string,
  ) {
    this.line = new Line(server);
  }

  async open(): Promise<this> {
    const { revision, planes } = await this.line.tiles([0, 1, 2, 3], null);
    for (const [index, plane] of planes) this.document.load(index, plane);
    for (const row of this.line.server.head.rows.values()) this.document.objects.put(row);
    this.sync = new Sync(
      this.document,
      this.history,
      this.line,
      this.store.journal(this.name, "a"),
      {
        state: (state) => {
          this.state = state;
        },
        conflicts: (found) => this.conflicts.push(...found),
        arrived: () => {},
        saved: () => {},
      },
      { revision, nextObject: this.line.server.nextObject },
      QUICK,
    );
    await this.sync.begin();
    return this;
  }

  async paint(x: number, y: number, w: number, h: number, segment: number | "object"): Promise<void> {
    this.document.begin();
    let value = segment;
    if (value === "object") {
      value = this.sync.takeObjectId();
      this.document.putRow({ id: value, classNumber: 7, attributes: {} });
    }
    for (let row = y; row < y + h; row++) this.document.paintSpan(row, x, x + w, value);
    const change = this.document.commit();
    if (change === null) return;
    this.history.push("paint", { kind: "page", change });
    await this.sync.record(change);
  }

  async swap(how: "undo" | "redo"): Promise<void> {
    const step = this.history.peek(how);
    if (step === null || step.content.kind === "server") return;
    const { change } = this.document.swap(step.content.change, how);
    this.history.move(how);
    await this.sync.record(change);
  }

  plane(index: number): Uint32Array {
    return this.document.tiles.get(index)?.plane as Uint32Array;
  }
}

let count = 0;
const newStore = () => JournalStore.open(new IDBFactory());

const stroke = fc.record({
  kind: fc.constantFrom("class", "class", "object", "undo", "redo", "flush", "hear"),
  page: fc.nat(1),
  x: fc.nat(690),
  y: fc.nat(690),
  w: fc.integer({ min: 1, max: 200 }),
  h: fc.integer({ min: 1, max: 60 }),
  value: fc.integer({ min: 0, max: 9 }),
});

async function act(
  page: Page,
  s: { kind: string; x: number; y: number; w: number; h: number; value: number },
) {
  if (s.kind === "class") await page.paint(s.x, s.y, s.w, s.h, s.value);
  if (s.kind === "object") await page.paint(s.x, s.y, s.w, s.h, "object");
  if (s.kind === "undo" || s.kind === "redo") await page.swap(s.kind);
  if (s.kind === "flush") await page.sync.flush();
  if (s.kind === "hear") page.sync.heard(page.line.server.versions.length - 1);
}

async function settle(pages: readonly Page[]): Promise<void> {
  for (let k = 0; k < 2; k++) {
    for (const page of pages) {
      page.line.fate = () => "through";
      let rounds = 0;
      while (page.sync.unsavedGestures > 0 || page.sync.revision < page.line.server.versions.length - 1) {
        if (page.state.kind === "refused") throw new Error(page.state.message);
        if (rounds++ > 50) throw new Error(`never settles: ${JSON.stringify(page.state)}`);
        page.sync.heard(page.line.server.versions.length - 1);
        page.sync.retry();
        await page.sync.flush();
      }
    }
  }
}

test("two pages and a server that comes and goes end with the same pixels", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(stroke, { maxLength: 25 }),
      fc.infiniteStream(fc.constantFrom("through", "through", "through", "lost before", "lost after")),
      async (strokes, fates) => {
        const server = new FakeServer();
        const store = await newStore();
        const pages = [
          await new Page(server, store, "one").open(),
          await new Page(server, store, "two").open(),
        ] as const;
        for (const page of pages) {
          page.line.fate = () => fates.next().value as "through" | "lost before" | "lost after";
        }
        for (const s of strokes) await act(pages[s.page] as Page, s);
        await settle(pages);
        for (const index of [0, 1, 2, 3]) {
          expect(isEqual(pages[0].plane(index), server.plane(index))).toBe(true);
          expect(isEqual(pages[1].plane(index), server.plane(index))).toBe(true);
        }
        for (const page of pages) {
          expect([...page.document.tiles.values()].every((tile) => tile.base === null)).toBe(true);
          expect(await store.entries(page.name)).toEqual([]);
          page.sync.close();
        }
        // Counts kept along the way are those of the pixels.
        const counted = new Map<number, number>();
        for (const tile of pages[0].document.tiles.values()) {
          const inside = pages[0].document.insideOf(tile.index);
          for (let row = 0; row < inside.y1; row++) {
            for (let column = 0; column < inside.x1; column++) {
              const c = pages[0].document.objects.classOf(tile.plane[row * 512 + column] as number);
              counted.set(c, (counted.get(c) ?? 0) + 1);
            }
          }
        }
        for (const [c, pixels] of pages[0].document.counts.pixels) expect(counted.get(c) ?? 0).toBe(pixels);
      },
    ),
    { numRuns: 40 },
  );
}, 60_000);

test("strokes that do not overlap are all there, with an object each", async () => {
  const server = new FakeServer();
  const store = await newStore();
  const one = await new Page(server, store, "one").open();
  const two = await new Page(server, store, "two").open();
  for (let k = 0; k < 12; k++) {
    await one.paint(10, 20 * k, 30, 15, "object");
    await two.paint(300, 20 * k, 30, 15, "object");
    if (k % 5 === 4) await Promise.all([one.sync.flush(), two.sync.flush()]);
  }
  await settle([one, two]);
  const ids = new Set(server.plane(0));
  expect(ids.size).toBe(25);
  for (let k = 0; k < 12; k++) {
    const left = server.plane(0)[(20 * k + 7) * 512 + 20] as number;
    const right = server.plane(0)[(20 * k + 7) * 512 + 310] as number;
    expect(left).toBeGreaterThanOrEqual(FIRST_OBJECT);
    expect(right).toBeGreaterThanOrEqual(FIRST_OBJECT);
    expect(server.head.rows.get(left)?.classNumber).toBe(7);
  }
  expect([...one.conflicts, ...two.conflicts]).toEqual([]);
});

test("where both painted, the later save wins and both sides are told where", async () => {
  const server = new FakeServer();
  const store = await newStore();
  const one = await new Page(server, store, "one").open();
  const two = await new Page(server, store, "two").open();
  await one.paint(0, 0, 100, 10, 3);
  await two.paint(50, 5, 100, 10, 4);
  await one.sync.flush();
  await two.sync.flush();
  await settle([one, two]);
  expect(server.plane(0)[7 * 512 + 75]).toBe(4);
  expect(server.plane(0)[7 * 512 + 25]).toBe(3);
  expect(two.conflicts).toEqual([{ area: { x0: 50, y0: 5, x1: 100, y1: 10 }, pixels: 250 }]);
});

test("a page that is gone leaves its strokes in the journal, and the next one saves them", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(stroke, { minLength: 1, maxLength: 15 }),
      fc.nat(14),
      fc.constantFrom("lost before", "lost after"),
      async (strokes, cutAt, fate) => {
        const server = new FakeServer();
        const store = await newStore();
        const gone = await new Page(server, store, `gone ${count++}`).open();
        for (const [k, s] of strokes.entries()) {
          if (k === cutAt) gone.line.fate = () => fate as "lost before" | "lost after";
          await act(gone, s);
          if (s.kind === "object") await gone.sync.flush();
        }
        gone.line.fate = () => "lost before";
        gone.sync.close();
        const expected = [0, 1, 2, 3].map((index) => gone.plane(index).slice());
        await recover(store, "a", new Line(server), async () => false);
        for (const index of [0, 1, 2, 3]) {
          // Nobody else painted: what was on the page is what the server has now.
          const ids = (plane: Uint32Array) => plane.map((v) => Math.min(v, FIRST_OBJECT));
          expect(isEqual(ids(server.plane(index)), ids(expected[index] as Uint32Array))).toBe(true);
        }
        expect(await store.find("a")).toEqual([]);
      },
    ),
    { numRuns: 40 },
  );
}, 60_000);

test("two hundred steps and more can be undone after they were saved", async () => {
  const server = new FakeServer();
  const store = await newStore();
  const page = await new Page(server, store, "one").open();
  for (let k = 0; k < 230; k++) {
    await page.paint(k, k, 40, 3, (k % 9) + 1);
    if (k % 40 === 0) await page.sync.flush();
  }
  for (let k = 0; k < 230; k++) await page.swap("undo");
  await settle([page]);
  expect(new Set(server.plane(0))).toEqual(new Set([0]));
  for (let k = 0; k < 230; k++) await page.swap("redo");
  await settle([page]);
  expect(server.plane(0)[229 * 512 + 230]).toBe((229 % 9) + 1);
});
