/** A dataset on its way to the server; it goes on while other pages are open. */

import { Button, Group, Progress, Text } from "@mantine/core";
import { create } from "zustand";
import { nameOf, sendDataset } from "../../api/sent_datasets.ts";
import type { Dropped } from "../../api/uploads.ts";
import type { Chosen } from "../../ui/folder_picker.tsx";
import { formatCount, formatShare } from "../../ui/format.ts";
import { Problem } from "../../ui/parts.tsx";

interface Store {
  readonly name: string;
  readonly files: number;
  readonly done: number;
  readonly bytes: number;
  readonly sent: number;
  readonly leftOut: readonly string[];
  readonly isRunning: boolean;
  readonly error: unknown;
  /** What was sent, until a look takes it. */
  readonly entry: Chosen | null;
  readonly dropped: readonly Dropped[];
}

const NOTHING: Store = {
  name: "",
  files: 0,
  done: 0,
  bytes: 0,
  sent: 0,
  leftOut: [],
  isRunning: false,
  error: null,
  entry: null,
  dropped: [],
};
export const useSending = create<Store>(() => NOTHING);
let abort = new AbortController();

/** Send what was dropped; a drop that is under way is given up for it. */
export function sendFiles(dropped: readonly Dropped[]): void {
  if (dropped.length === 0) return;
  abort.abort();
  abort = new AbortController();
  const { signal } = abort;
  const set = (part: Partial<Store>): void => {
    if (!signal.aborted) useSending.setState(part);
  };
  const bytes = dropped.reduce((sum, { file }) => sum + file.size, 0);
  set({ ...NOTHING, name: nameOf(dropped), files: dropped.length, bytes, isRunning: true, dropped });
  const events = {
    progress: (sent: number) => set({ sent }),
    leftOut: (leftOut: readonly string[]) => set({ leftOut }),
    fileDone: () => set({ done: useSending.getState().done + 1 }),
  };
  sendDataset(dropped, events, signal).then(
    (entry) => set({ entry, isRunning: false, dropped: [] }),
    (error: unknown) => set({ error, isRunning: false }),
  );
}

/** Claim what was sent, so that it is looked at once. */
export function takeSent(): boolean {
  const isThere = useSending.getState().entry !== null;
  useSending.setState(NOTHING);
  return isThere;
}

function stop(): void {
  abort.abort();
  useSending.setState(NOTHING);
}

export function SendingPanel() {
  const { name, files, done, bytes, sent, leftOut, isRunning, error, dropped } = useSending();
  if (error) return <Problem error={error} onRetry={() => sendFiles(dropped)} />;
  if (!isRunning) return null;
  const share = bytes ? sent / bytes : 0;
  return (
    <div role="status">
      <Group justify="space-between">
        <Text size="sm" fw={600}>
          Sending {name}
        </Text>
        <Button size="compact-sm" variant="subtle" color="gray" onClick={stop}>
          Stop
        </Button>
      </Group>
      <Progress value={share * 100} size="sm" my={6} aria-label="Bytes sent" />
      <Text size="sm" c="dimmed">
        {formatShare(share, 0)} · {formatCount(done)} of {formatCount(files)} files
        {leftOut.length > 0 && ` · ${formatCount(leftOut.length)} left out: their names lead elsewhere`}
      </Text>
    </div>
  );
}
