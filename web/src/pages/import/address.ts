/** Where in the import a page stands: the look and the import are runs, and their ids are in the address. */

import { useLocation, useSearch } from "wouter";

export interface Place {
  readonly withLabels: boolean;
  readonly look: string | null;
  readonly run: string | null;
}

export function readPlace(search: string): Place {
  const words = new URLSearchParams(search);
  const [look, run] = [words.get("look"), words.get("run")];
  return { withLabels: words.get("what") === "labels" || look !== null || run !== null, look, run };
}

export function placeAddress({ withLabels, look, run }: Partial<Place>): string {
  const words = new URLSearchParams();
  if (look) words.set("look", look);
  if (run) words.set("run", run);
  if (withLabels && !look && !run) words.set("what", "labels");
  const text = words.toString();
  return text ? `/import?${text}` : "/import";
}

export function usePlace(): [Place, (place: Partial<Place>) => void] {
  const search = useSearch();
  const [, go] = useLocation();
  return [readPlace(search), (place) => go(placeAddress(place))];
}
