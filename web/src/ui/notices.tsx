/** Short notices at the lower edge: what happened, and often the way back. */

import { Button, CloseButton, Group, Paper, Text } from "@mantine/core";
import { create } from "zustand";
import { ApiError } from "../api/client.ts";
import { asSentence } from "./format.ts";

export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly isProblem: boolean;
  readonly undo?: { readonly label: string; readonly run: () => void };
}

interface Store {
  readonly notices: readonly Notice[];
}

const SHOWN_MS = 8000;
const useStore = create<Store>(() => ({ notices: [] }));
let nextId = 1;

function add(notice: Omit<Notice, "id">): void {
  const id = nextId++;
  useStore.setState(({ notices }) => ({ notices: [...notices.slice(-3), { ...notice, id }] }));
  setTimeout(() => dismiss(id), notice.isProblem ? 2 * SHOWN_MS : SHOWN_MS);
}

const dismiss = (id: number): void =>
  useStore.setState(({ notices }) => ({ notices: notices.filter((notice) => notice.id !== id) }));

/** Say what was done, with a way to take it back. */
export function notify(text: string, undo?: Notice["undo"]): void {
  add(undo === undefined ? { text, isProblem: false } : { text, isProblem: false, undo });
}

/** Say what went wrong, in the server's words. */
export function notifyProblem(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof ApiError && error.hint ? ` ${asSentence(error.hint)}` : "";
  add({ text: message + hint, isProblem: true });
}

export function Notices() {
  const notices = useStore((store) => store.notices);
  return (
    <div
      aria-live="polite"
      style={{
        position: "fixed",
        right: 16,
        bottom: 16,
        zIndex: 500,
        display: "grid",
        gap: 8,
        maxWidth: "26rem",
      }}
    >
      {notices.map(({ id, text, isProblem, undo }) => (
        <Paper key={id} shadow="md" p="sm" withBorder role={isProblem ? "alert" : "status"}>
          <Group gap="sm" wrap="nowrap" align="flex-start">
            <Text size="sm" style={{ flex: 1 }}>
              {text}
            </Text>
            {undo && (
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => {
                  undo.run();
                  dismiss(id);
                }}
              >
                {undo.label}
              </Button>
            )}
            <CloseButton size="sm" aria-label="Dismiss" onClick={() => dismiss(id)} />
          </Group>
        </Paper>
      ))}
    </div>
  );
}
