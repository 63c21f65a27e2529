/** Step 2: what is there, what each value would become, what looks wrong. Nothing is written yet. */

import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "wouter";
import type { Schema } from "../../api/client.ts";
import type { ImportResult } from "../../api/exchange.ts";
import { isActive } from "../../api/run_list.ts";
import { type Answers, failureOf, startRun } from "../../api/runs.ts";
import { asSentence } from "../../ui/format.ts";
import { notifyProblem } from "../../ui/notices.tsx";
import { Problem, Waiting } from "../../ui/parts.tsx";
import { CancelRun, describe, RunBar, useRun } from "../../ui/run_line.tsx";
import { placeAddress, usePlace } from "./address.ts";
import { Looked } from "./looked.tsx";
import { Reading } from "./reading.tsx";

export function Look({ runId }: { runId: string }) {
  const { run, story, error } = useRun(runId);
  const { again, isStarting } = useAgain(runId);
  if (error && run === undefined) {
    return (
      <>
        <Problem error={error} />
        <BackToWhere />
      </>
    );
  }
  if (run === undefined) return <Waiting what="Loading the look …" />;
  const result = (run.result ?? story.result) as ImportResult | null;
  if (result?.looked_only) return <Looked run={run} result={result} again={again} isStarting={isStarting} />;
  if (isActive(run.state)) {
    return (
      <Stack gap={6} maw="44rem">
        <Text fw={600}>Looking at {sourceName(run.options)} …</Text>
        <RunBar story={story} />
        <Group justify="space-between" wrap="nowrap">
          <Text size="sm" role="status" c="dimmed">
            {describe(story, run) || "Finding out what it is"}
          </Text>
          <CancelRun runId={run.id} withText />
        </Group>
      </Stack>
    );
  }
  const failure = failureOf(story, run);
  return (
    <Stack gap="lg" maw="44rem">
      <Alert
        color="orange"
        variant="light"
        role="alert"
        title={
          failure === null
            ? `The look at ${sourceName(run.options)} did not get to its end.`
            : namedShortly(failure.message, run)
        }
        style={{ whiteSpace: "pre-wrap" }}
      >
        {failure?.hint && asSentence(namedShortly(failure.hint, run))}
      </Alert>
      <Reading run={run} result={null} isBusy={isStarting} onChange={again} />
      <Group>
        <Button loading={isStarting} onClick={() => again({})}>
          Look again
        </Button>
        <BackToWhere />
      </Group>
    </Stack>
  );
}

const BackToWhere = () => (
  <Text size="sm" component={Link} href={placeAddress({})}>
    Choose something else
  </Text>
);

/** Look once more with some answers changed: a new run, so that the browser's Back leads to this one. */
function useAgain(runId: string): { again: (changes: Answers) => void; isStarting: boolean } {
  const [, goTo] = usePlace();
  const { mutate, isPending } = useMutation({
    mutationFn: (changes: Answers) => startRun("import", { look: true, ...changes }, runId),
    onSuccess: (run) => goTo({ look: run.id }),
    onError: notifyProblem,
  });
  return { again: mutate, isStarting: isPending };
}

/** A message in which the dataset is called by its name, not by its long path. */
export const namedShortly = (text: string, run: Schema["RunOut"]): string =>
  text.replaceAll(String(run.options["path"] ?? ""), sourceName(run.options));

/** What the dataset is called, for people. */
export function sourceName(options: Schema["RunOut"]["options"]): string {
  const name = String(options["path"] ?? "")
    .split(/[\\/]/)
    .at(-1);
  return name === "files" ? "what was sent" : name || "the dataset";
}
