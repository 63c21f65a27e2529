/**
 * An action is one record. It feeds the button, the menu, the shortcut, the command palette and the
 * help sheet; nothing that a person can do is written down twice.
 */

export interface Action {
  readonly id: string;
  /** A verb and its object, as on a button. */
  readonly title: string;
  readonly group: string;
  /** In tinykeys' notation; the first is shown. */
  readonly keys: readonly string[];
  run(): void;
  /** Whether its keys also work while somebody types into a field or a dialog is open. */
  readonly isGlobal?: boolean;
  /** Absent: always. */
  isEnabled?(): boolean;
  /** For switches: whether it is on. */
  isOn?(): boolean;
}

const NAMES: Readonly<Record<string, string>> = {
  $mod: "Ctrl",
  Shift: "Shift",
  Alt: "Alt",
  Space: "Space",
  BracketLeft: "[",
  BracketRight: "]",
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Equal: "+",
  Minus: "−",
  Slash: "?",
  Comma: ",",
  Period: ".",
  Backspace: "⌫",
  Enter: "Enter",
  Escape: "Esc",
};

/** A shortcut as people read it: `Shift Z`. */
export function shownKeys(keys: string): string {
  return keys
    .split("+")
    .map((key) => NAMES[key] ?? key.replace(/^(Key|Digit)/, ""))
    .map((key) => (key.length === 1 ? key.toUpperCase() : key))
    .join(" ");
}
