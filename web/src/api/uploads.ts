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
  let upload = must(
    await api.POST("/v1/uploads", {
      body: { name: path, size: file.size, modified: file.lastModified },
      signal,
    }),
  );
  let failures = 0;
  while (upload.offset < upload.size) {
    const piece = file.slice(upload.offset, upload.offset + PIECE_BYTES);
    try {
      const response = await request(`/v1/uploads/${upload.id}`, {
        method: "PATCH",
        headers: { "upload-offset": String(upload.offset), "content-type": "application/octet-stream" },
        body: piece,
        signal,
      });
      upload = (await response.json()) as Schema["UploadOut"];
      failures = 0;
    } catch (error) {
      const isPassing = error instanceof ApiError && (error.status === 0 || error.status === 409);
      if (!isPassing || failures >= RETRIES) throw error;
      failures += 1;
      await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** failures));
      upload = must(
        await api.GET("/v1/uploads/{upload_id}", { params: { path: { upload_id: upload.id } }, signal }),
      );
    }
    events.progress(upload.offset);
  }
  return must(
    await api.POST("/v1/uploads/{upload_id}/image", { params: { path: { upload_id: upload.id } }, signal }),
  );
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
