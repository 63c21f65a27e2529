/** Where in the import a page stands: the look and the import are runs, and their ids are in the address. */

import { useLocation, useSearch } from "wouter";

export interface Place {
  readonly look: string | null;
  readonly run: string | null;
}

export function readPlace(search: string): Place {
  const words = new URLSearchParams(search);
  return { look: words.get("look"), run: words.get("run") };
}

export function placeAddress({ look, run }: Partial<Place>): string {
  const words = new URLSearchParams();
  if (look) words.set("look", look);
  if (run) words.set("run", run);
  const text = words.toString();
  return text ? `/import?${text}` : "/import";
}

export function usePlace(): [Place, (place: Partial<Place>) => void] {
  const search = useSearch();
  const [, go] = useLocation();
  return [readPlace(search), (place) => go(placeAddress(place))];
}
