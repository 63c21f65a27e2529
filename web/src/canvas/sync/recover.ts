/**
 * Taking over the journals of tabs that are gone. Their entries are played onto the tiles that they
 * were painted on and saved from there, so the server merges them like any other save.
 */

import { blankPlane, renumberedChange } from "../document.ts";
import { writeRuns } from "../kernels/runs.ts";
import type { ObjectRow } from "../segments.ts";
import type { JournalEntry, JournalHead, JournalStore } from "./journal.ts";
import type { LabelServer, SaveAnswer } from "./server.ts";

export interface Recovered {
  readonly gestures: number;
  readonly conflicts: number;
}

/** Name of the browser lock that a tab holds while its journal is in use. */
export const lockName = (journal: string): string => `townscape-journal-${journal}`;

/** Save what orphaned journals of an annotation hold; throws like `server.save` and keeps them then. */
export async function recover(
  store: JournalStore,
  annotation: string,
  server: LabelServer,
  isInUse: (journal: string) => Promise<boolean>,
): Promise<Recovered> {
  let gestures = 0;
  let conflicts = 0;
  for (const head of await store.find(annotation)) {
    if (await isInUse(head.journal)) continue;
    const entries = await store.entries(head.journal);
    conflicts += await replay(head, entries, store, server);
    gestures += entries.length;
    await store.remove(head.journal);
  }
  return { gestures, conflicts };
}

async function replay(
  head: JournalHead,
  entries: JournalEntry[],
  store: JournalStore,
  server: LabelServer,
): Promise<number> {
  let { revision } = head;
  let rest = entries;
  let conflicts = 0;
  if (head.onItsWay !== null && entries.length > 0) {
    // This save may have reached the server: the same content under the same id is harmless.
    const { upTo, saveId, baseRevision, epoch } = head.onItsWay;
    const first = entries.filter((entry) => entry.sequence <= upTo);
    const answer = await saveEntries(first, baseRevision, saveId, server);
    conflicts += countPixels(answer);
    revision = answer.revision;
    rest = entries
      .filter((entry) => entry.sequence > upTo)
      .map((entry) => (entry.epoch === epoch ? follow(entry, answer) : entry));
    await store.journal(head.journal, head.annotation).acknowledge(upTo, revision, rest);
  }
  if (rest.length > 0) {
    const saveId = crypto.randomUUID();
    const { sequence: upTo, epoch } = rest.at(-1) as JournalEntry;
    const onItsWay = { saveId, baseRevision: revision, upTo, epoch };
    await store.journal(head.journal, head.annotation).mark(revision, onItsWay);
    conflicts += countPixels(await saveEntries(rest, revision, saveId, server));
  }
  return conflicts;
}

const countPixels = (answer: SaveAnswer): number =>
  [...answer.conflicts.values()].reduce((sum, conflict) => sum + conflict.pixels, 0);

function follow(entry: JournalEntry, { renumbered }: SaveAnswer): JournalEntry {
  return {
    ...entry,
    epoch: entry.epoch + 1,
    change: renumberedChange(entry.change, renumbered),
    created: entry.created.map((id) => renumbered.get(id) ?? id),
  };
}

async function saveEntries(
  entries: readonly JournalEntry[],
  baseRevision: number,
  saveId: string,
  server: LabelServer,
): Promise<SaveAnswer> {
  const indices = [...new Set(entries.flatMap((entry) => entry.change.tiles.map((tile) => tile.index)))];
  const { planes } = await server.tiles(indices, baseRevision);
  const tiles = new Map(indices.map((index) => [index, planes.get(index) ?? blankPlane()]));
  const rows = new Map<number, ObjectRow>();
  for (const { change } of entries) {
    for (const { index, runs } of change.tiles) writeRuns(tiles.get(index) as Uint32Array, runs);
    for (const { after } of change.rows) rows.set(after.id, after);
  }
  return await server.save({
    saveId,
    baseRevision,
    tiles,
    objects: [...rows.values()],
    created: [...new Set(entries.flatMap((entry) => entry.created))],
    message: "Recovered from this browser's journal",
    kind: "edit",
  });
}
