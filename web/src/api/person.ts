/** Who is at this browser: a name and a colour, asked once. */

import { create } from "zustand";

export interface Person {
  readonly name: string;
  readonly color: string;
}

const KEY = "townscape.person";

/** Colours that tell people apart on pictures and on both themes. */
export const PERSON_COLORS = ["#27548a", "#b5443a", "#4f8250", "#8c5a9e", "#b3781f", "#2f7f86"] as const;

export const usePerson = create<{ person: Person | null }>(() => ({ person: read() }));

export const currentPerson = (): Person | null => usePerson.getState().person;

/** Remember in this browser who it is. */
export function rememberPerson(person: Person): void {
  usePerson.setState({ person });
  try {
    localStorage.setItem(KEY, JSON.stringify(person));
  } catch {
    // A browser that stores nothing asks again next time.
  }
}

function read(): Person | null {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === null ? null : (JSON.parse(stored) as Person);
  } catch {
    return null;
  }
}
