/**
 * What was painted and not yet acknowledged, in IndexedDB: it survives a killed tab, a killed
 * browser, a server that is away. One journal per annotation and tab; a tab that finds the journal
 * of one that is gone takes it over (see `recover.ts`).
 */

import type { Change } from "../document.ts";

export interface JournalEntry {
  readonly sequence: number;
  readonly change: Change;
  /** Ids of objects that this page made up in it. */
  readonly created: readonly number[];
  /** How often the server had changed this page's ids when it was written. */
  readonly epoch: number;
}

/** A save on its way: replaying it with the same id gives the first answer. */
export interface SaveOnItsWay {
  readonly saveId: string;
  readonly baseRevision: number;
  /** It holds every entry up to this one. */
  readonly upTo: number;
  /** The ids in its answer are those of this epoch. */
  readonly epoch: number;
}

export interface JournalHead {
  readonly journal: string;
  readonly annotation: string;
  /** The revision that the tiles had under the oldest entry. */
  readonly revision: number;
  readonly onItsWay: SaveOnItsWay | null;
}

export interface Journal {
  /** Add what a gesture changed; settled when it is on disk. */
  append(entry: JournalEntry): Promise<void>;
  /** Note where the entries start from and which save is on its way. */
  mark(revision: number, onItsWay: SaveOnItsWay | null): Promise<void>;
  /**
   * Forget entries that the server has, note the revision they became, and write others anew whose
   * objects got other ids: all of it, or nothing.
   */
  acknowledge(upTo: number, revision: number, rewritten: readonly JournalEntry[]): Promise<void>;
}

const NAME = "townscape";
const VERSION = 1;

function asPromise<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the browser's storage failed"));
  });
}

function ended(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error ?? new Error("the browser's storage failed"));
    transaction.onabort = () => reject(transaction.error ?? new Error("the browser's storage is full"));
  });
}

export class JournalStore {
  private constructor(private readonly database: IDBDatabase) {}

  static async open(factory: IDBFactory = indexedDB): Promise<JournalStore> {
    const request = factory.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("heads", { keyPath: "journal" });
      request.result.createObjectStore("entries", { keyPath: ["journal", "sequence"] });
    };
    return new JournalStore(await asPromise(request));
  }

  close(): void {
    this.database.close();
  }

  /** Every journal that holds something of an annotation. */
  async find(annotation: string): Promise<JournalHead[]> {
    const heads = this.database.transaction("heads").objectStore("heads");
    const found = (await asPromise(heads.getAll())) as JournalHead[];
    return found.filter((head) => head.annotation === annotation);
  }

  async entries(journal: string): Promise<JournalEntry[]> {
    const store = this.database.transaction("entries").objectStore("entries");
    const range = IDBKeyRange.bound([journal, 0], [journal, Number.MAX_SAFE_INTEGER]);
    return (await asPromise(store.getAll(range))) as JournalEntry[];
  }

  async remove(journal: string): Promise<void> {
    const transaction = this.database.transaction(["heads", "entries"], "readwrite");
    transaction.objectStore("heads").delete(journal);
    const range = IDBKeyRange.bound([journal, 0], [journal, Number.MAX_SAFE_INTEGER]);
    transaction.objectStore("entries").delete(range);
    await ended(transaction);
  }

  /** The journal of one tab. */
  journal(name: string, annotation: string): Journal {
    const head = async (
      stores: "heads" | ["heads", "entries"],
      change: (found: JournalHead, transaction: IDBTransaction) => JournalHead,
    ) => {
      const transaction = this.database.transaction(stores, "readwrite", { durability: "strict" });
      const heads = transaction.objectStore("heads");
      const request = heads.get(name);
      request.onsuccess = () => {
        const found = (request.result as JournalHead | undefined) ?? {
          journal: name,
          annotation,
          revision: 0,
          onItsWay: null,
        };
        heads.put(change(found, transaction));
      };
      await ended(transaction);
    };
    return {
      append: async (entry) => {
        const transaction = this.database.transaction("entries", "readwrite", { durability: "strict" });
        transaction.objectStore("entries").put({ ...entry, journal: name });
        await ended(transaction);
      },
      mark: (revision, onItsWay) => head("heads", (found) => ({ ...found, revision, onItsWay })),
      acknowledge: (upTo, revision, rewritten) =>
        head(["heads", "entries"], (found, transaction) => {
          const range = IDBKeyRange.bound([name, 0], [name, upTo]);
          const entries = transaction.objectStore("entries");
          entries.delete(range);
          for (const entry of rewritten) entries.put({ ...entry, journal: name });
          return { ...found, revision, onItsWay: null };
        }),
    };
  }
}
