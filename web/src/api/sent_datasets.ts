/** Sending a dataset, file by file: what was cut off goes on where it stood. */

import { api, must, type Schema } from "./client.ts";
import { type Dropped, sendPieces, type UploadEvents } from "./uploads.ts";

const AT_ONCE = 3;

export interface SendingEvents extends UploadEvents {
  /** Files whose names are not taken. */
  leftOut(paths: readonly string[]): void;
  /** A file is there. */
  fileDone(): void;
}

/** What a drop is called: its one folder or file, or how many files it is. */
export function nameOf(dropped: readonly Dropped[]): string {
  const tops = new Set(dropped.map(({ path }) => path.split("/")[0] ?? path));
  const [only] = tops;
  return tops.size === 1 && only !== undefined ? only : `${dropped.length} files`;
}

/** Send all files; returns what an import can be told to take. `progress` counts the bytes of all. */
export async function sendDataset(
  dropped: readonly Dropped[],
  events: SendingEvents,
  signal: AbortSignal,
): Promise<Schema["EntryOut"]> {
  const files = dropped.map(({ file, path }) => ({ path, size: file.size, modified: file.lastModified }));
  const begun = must(await api.POST("/v1/sent-datasets", { body: { name: nameOf(dropped), files }, signal }));
  const where = { params: { path: { dataset_id: begun.id } }, signal };
  events.leftOut(begun.left_out);
  let arrived = begun.offsets.reduce<number>((sum, offset) => sum + (offset ?? 0), 0);
  events.progress(arrived);
  const waiting = dropped.map((_, index) => index).reverse();
  const sendSome = async (): Promise<void> => {
    for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
      const [each, offset] = [dropped[index], begun.offsets[index]];
      if (each === undefined || offset === undefined || offset === null) continue;
      const at = index;
      let before = offset;
      const progress = (sent: number): void => {
        arrived += sent - before;
        before = sent;
        events.progress(arrived);
      };
      const address = `/v1/sent-datasets/${begun.id}/files/${index}`;
      await sendPieces(each.file, address, offset, { progress }, signal, async () => {
        return must(await api.GET("/v1/sent-datasets/{dataset_id}", where)).offsets[at] ?? 0;
      });
      events.fileDone();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sendSome));
  return must(await api.POST("/v1/sent-datasets/{dataset_id}/whole", where));
}
