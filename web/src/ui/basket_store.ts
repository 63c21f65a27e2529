/** The basket: images put aside on any page, until they are frozen as a selection. */

import { create } from "zustand";

export interface Held {
  readonly id: string;
  readonly name: string;
}

interface Store {
  readonly workspaceId: string | null;
  readonly held: readonly Held[];
  readonly ids: ReadonlySet<string>;
}

const keyOf = (workspaceId: string): string => `townscape.basket.${workspaceId}`;

export const useBasket = create<Store>(() => ({ workspaceId: null, held: [], ids: new Set() }));

/** Take up the basket that this browser has for a workspace. */
export function openBasket(workspaceId: string): void {
  if (useBasket.getState().workspaceId === workspaceId) return;
  useBasket.setState({ workspaceId, ...holding(read(workspaceId)) });
}

/** Add images behind those that are there; returns how many were new. */
export function putIntoBasket(images: readonly Held[]): number {
  const { held, ids } = useBasket.getState();
  const known = new Set(ids);
  const fresh: Held[] = [];
  for (const { id, name } of images) {
    if (known.has(id)) continue;
    known.add(id);
    fresh.push({ id, name });
  }
  if (fresh.length > 0) write([...held, ...fresh]);
  return fresh.length;
}

export function takeFromBasket(ids: readonly string[]): void {
  const gone = new Set(ids);
  write(useBasket.getState().held.filter((one) => !gone.has(one.id)));
}

/** Put back exactly what was there. */
export function restoreBasket(held: readonly Held[]): void {
  write(held);
}

const holding = (held: readonly Held[]) => ({ held, ids: new Set(held.map((one) => one.id)) });

function write(held: readonly Held[]): void {
  useBasket.setState(holding(held));
  const { workspaceId } = useBasket.getState();
  if (workspaceId === null) return;
  try {
    localStorage.setItem(keyOf(workspaceId), JSON.stringify(held));
  } catch {
    // A browser that stores nothing has the basket until the page is closed.
  }
}

function read(workspaceId: string): readonly Held[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(keyOf(workspaceId)) ?? "[]");
    return Array.isArray(stored) ? stored.filter(isHeld) : [];
  } catch {
    return [];
  }
}

const isHeld = (value: unknown): value is Held =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as Held).id === "string" &&
  typeof (value as Held).name === "string";
