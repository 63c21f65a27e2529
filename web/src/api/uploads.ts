/** Sending files in pieces; what was cut off goes on where it stood. */

import { ApiError, api, must, request, type Schema } from "./client.ts";

const PIECE_BYTES = 4 << 20;
const RETRIES = 6;

/** A file with the path that it had in the folder that was dropped. */
export interface Dropped {
  readonly file: File;
  readonly path: string;
}

export interface UploadEvents {
  /** Bytes of this file that have arrived. */
  progress(sent: number): void;
}

/** Send one file; returns the image that it became. Throws the server's reason if it is no image. */
export async function sendFile(
  { file, path }: Dropped,
  events: UploadEvents,
  signal: AbortSignal,
): Promise<Schema["TakenIn"]> {
  const upload = must(
    await api.POST("/v1/uploads", {
      body: { name: path, size: file.size, modified: file.lastModified },
      signal,
    }),
  );
  const where = { params: { path: { upload_id: upload.id } }, signal };
  await sendPieces(file, `/v1/uploads/${upload.id}`, upload.offset, events, signal, async () => {
    return must(await api.GET("/v1/uploads/{upload_id}", where)).offset;
  });
  return must(await api.POST("/v1/uploads/{upload_id}/image", where));
}

/** Send a file to `address` from `offset` on; after a passing failure `ask` says where it stands. */
export async function sendPieces(
  file: File,
  address: string,
  offset: number,
  events: UploadEvents,
  signal: AbortSignal,
  ask: () => Promise<number>,
): Promise<void> {
  let sent = offset;
  let failures = 0;
  while (sent < file.size) {
    try {
      const response = await request(address, {
        method: "PATCH",
        headers: { "upload-offset": String(sent), "content-type": "application/octet-stream" },
        body: file.slice(sent, sent + PIECE_BYTES),
        signal,
      });
      sent = ((await response.json()) as { offset: number }).offset;
      failures = 0;
    } catch (error) {
      const isPassing = error instanceof ApiError && (error.status === 0 || error.status === 409);
      if (!isPassing || failures >= RETRIES) throw error;
      failures += 1;
      await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** failures));
      sent = await ask();
    }
    events.progress(sent);
  }
}

/** Every file in what was dropped, folders searched all the way down. */
export async function filesIn(items: DataTransferItemList): Promise<Dropped[]> {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const found: Dropped[] = [];
  for (const entry of entries) await walk(entry, found);
  return found;
}

async function walk(entry: FileSystemEntry, found: Dropped[]): Promise<void> {
  if (entry.name.startsWith(".")) return;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    found.push({ file, path: entry.fullPath.replace(/^\//, "") });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A reader gives a hundred entries at a time.
  while (true) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return;
    for (const inner of some) await walk(inner, found);
  }
}
