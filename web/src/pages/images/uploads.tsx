/** Files on their way into the workspace: progress, what was refused and why, stop. */

import { Button, Group, Paper, Progress, ScrollArea, Stack, Text } from "@mantine/core";
import type { QueryClient } from "@tanstack/react-query";
import { create } from "zustand";
import { ApiError } from "../../api/client.ts";
import { type Dropped, sendFile } from "../../api/uploads.ts";
import { formatCount } from "../../ui/format.ts";

interface Refusal {
  readonly path: string;
  readonly reason: string;
}

interface Store {
  readonly waiting: readonly Dropped[];
  readonly files: number;
  readonly done: number;
  readonly known: number;
  readonly bytes: number;
  readonly sent: number;
  readonly refused: readonly Refusal[];
  readonly isRunning: boolean;
}

const AT_ONCE = 3;
const NOTHING: Store = {
  waiting: [],
  files: 0,
  done: 0,
  known: 0,
  bytes: 0,
  sent: 0,
  refused: [],
  isRunning: false,
};
const useUploads = create<Store>(() => NOTHING);
let abort = new AbortController();

/** Send files; those already on their way go on. */
export function upload(dropped: readonly Dropped[], queries: QueryClient): void {
  const bytes = dropped.reduce((sum, { file }) => sum + file.size, 0);
  useUploads.setState((old) => {
    const base = old.isRunning ? old : NOTHING;
    return {
      ...base,
      waiting: [...base.waiting, ...dropped],
      files: base.files + dropped.length,
      bytes: base.bytes + bytes,
    };
  });
  if (useUploads.getState().isRunning) return;
  abort = new AbortController();
  useUploads.setState({ isRunning: true });
  void Promise.all(Array.from({ length: AT_ONCE }, () => sendAll(queries))).finally(() => {
    useUploads.setState({ isRunning: false });
    void queries.invalidateQueries();
  });
}

async function sendAll(queries: QueryClient): Promise<void> {
  while (!abort.signal.aborted) {
    const [next, ...waiting] = useUploads.getState().waiting;
    if (next === undefined) return;
    useUploads.setState({ waiting });
    await sendOne(next);
    if (useUploads.getState().done % 20 === 0) void queries.invalidateQueries({ queryKey: ["images"] });
  }
}

async function sendOne(dropped: Dropped): Promise<void> {
  let counted = 0;
  const count = (sent: number): void => {
    useUploads.setState((old) => ({ sent: old.sent + sent - counted }));
    counted = sent;
  };
  try {
    const { is_new } = await sendFile(dropped, { progress: count }, abort.signal);
    useUploads.setState((old) => ({ done: old.done + 1, known: old.known + (is_new ? 0 : 1) }));
  } catch (error) {
    if (abort.signal.aborted) return;
    const hint = error instanceof ApiError && error.hint ? ` ${error.hint}` : "";
    const reason = (error instanceof Error ? error.message : String(error)) + hint;
    useUploads.setState((old) => ({ refused: [...old.refused, { path: dropped.path, reason }] }));
  }
  count(dropped.file.size);
}

export function UploadPanel() {
  const { files, done, known, bytes, sent, refused, isRunning } = useUploads();
  if (files === 0) return null;
  const close = (): void => {
    abort.abort();
    useUploads.setState(NOTHING);
  };
  return (
    <Paper withBorder p="sm" mb="md" role="status">
      <Group justify="space-between">
        <Text size="sm">
          {formatCount(done)} of {formatCount(files)} files
          {known > 0 && `, ${formatCount(known)} of them were here already`}
          {refused.length > 0 && `, ${formatCount(refused.length)} refused`}
        </Text>
        <Button size="compact-sm" variant="subtle" color="gray" onClick={close}>
          {isRunning ? "Stop" : "Close"}
        </Button>
      </Group>
      {isRunning && (
        <Progress value={bytes ? (100 * sent) / bytes : 0} size="sm" mt={6} aria-label="Files sent" />
      )}
      {refused.length > 0 && (
        <ScrollArea.Autosize mah={160} mt="xs">
          <Stack gap={2}>
            {refused.map(({ path, reason }) => (
              <Text key={path} size="xs">
                <strong>{path}</strong>: {reason}
              </Text>
            ))}
          </Stack>
        </ScrollArea.Autosize>
      )}
    </Paper>
  );
}
