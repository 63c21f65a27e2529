/**
 * Segment ids, as in the label map on the server: 0 unlabelled, 1 … 65,534 class numbers, 65,535
 * ignore, from 65,536 on objects, whose class is looked up.
 */

export const UNLABELLED = 0;
export const IGNORE = 65_535;
export const FIRST_OBJECT = 65_536;

export interface ObjectRow {
  readonly id: number;
  /** null: the object exists no longer. */
  readonly classNumber: number | null;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Rows of an annotation's objects, and their classes as one array for quick lookups. */
export class ObjectTable {
  readonly rows = new Map<number, ObjectRow>();
  /** Class number by id − 65,536; 0 where nothing is known. Grows by doubling. */
  classByIndex = new Uint16Array(1024);
  /** First and past the last index changed since the renderer looked; null: none. */
  changed: [number, number] | null = null;

  put(row: ObjectRow): void {
    this.rows.set(row.id, row);
    const index = row.id - FIRST_OBJECT;
    if (index >= this.classByIndex.length) {
      const larger = new Uint16Array(2 ** Math.ceil(Math.log2(index + 1)));
      larger.set(this.classByIndex);
      this.classByIndex = larger;
      this.changed = [0, larger.length];
    }
    // A row that is gone keeps its class here: pixels may still carry the id until they are merged.
    if (row.classNumber !== null) this.classByIndex[index] = row.classNumber;
    const [first, end] = this.changed ?? [index, index + 1];
    this.changed = [Math.min(first, index), Math.max(end, index + 1)];
  }

  /** Class number of any segment: 0 unlabelled or unknown, 65,535 ignore. */
  classOf(segment: number): number {
    return segment < FIRST_OBJECT ? segment : (this.classByIndex[segment - FIRST_OBJECT] ?? 0);
  }

  /** Give objects other ids. */
  renumber(newByOld: ReadonlyMap<number, number>): void {
    const moved: { row: ObjectRow; classNumber: number }[] = [];
    for (const [old, id] of newByOld) {
      const row = this.rows.get(old);
      if (row === undefined) continue;
      this.rows.delete(old);
      moved.push({ row: { ...row, id }, classNumber: this.classOf(old) });
    }
    for (const { row, classNumber } of moved) {
      this.put(row);
      // One that is gone has a class all the same: a redo may bring it back.
      this.classByIndex[row.id - FIRST_OBJECT] = classNumber;
    }
  }
}

/** The row under the object's new id, if it got one. */
export function renumberedRow(row: ObjectRow, newByOld: ReadonlyMap<number, number>): ObjectRow {
  const id = newByOld.get(row.id);
  return id === undefined ? row : { ...row, id };
}
