/** One run in a line: what it does now, how long it will take, and how to stop it. */

import { ActionIcon, Badge, Button, Group, Progress, Stack, Text, Tooltip } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link } from "wouter";
import { api, must, type Schema } from "../api/client.ts";
import { isActive } from "../api/run_list.ts";
import { EMPTY_STORY, followRun, type RunStory } from "../api/runs.ts";
import { formatCount, formatDuration } from "./format.ts";
import { Icon } from "./icons.tsx";
import { notifyProblem } from "./notices.tsx";

export const STATE_COLORS: Readonly<Record<Schema["RunLine"]["state"], string>> = {
  queued: "gray",
  running: "accent",
  done: "teal",
  failed: "red",
  cancelled: "gray",
  interrupted: "orange",
};

/** The run's record, and its story as it comes; everything that it changed is looked up anew at its end. */
export function useRun(runId: string): {
  run: Schema["RunOut"] | undefined;
  story: RunStory;
  error: unknown;
} {
  const queries = useQueryClient();
  const [story, setStory] = useState<RunStory>(EMPTY_STORY);
  const { data: run, error } = useQuery({
    queryKey: ["run", runId],
    queryFn: async () => must(await api.GET("/v1/runs/{run_id}", { params: { path: { run_id: runId } } })),
    refetchInterval: (query) => (query.state.data && !isActive(query.state.data.state) ? false : 2000),
  });
  useEffect(
    () =>
      followRun(runId, (next) => {
        setStory(next);
        if (next.isOver) void queries.invalidateQueries();
      }),
    [runId, queries],
  );
  return { run, story, error };
}

export function RunLine({ runId }: { runId: string }) {
  const { run, story } = useRun(runId);
  if (run === undefined) return null;
  return (
    <Group gap="md" wrap="nowrap" align="center">
      <Stack gap={2} style={{ flex: 1, minWidth: 0 }}>
        <Group gap="xs">
          <Text component={Link} href={`/runs/${run.id}`} fw={600} size="sm" tt="capitalize">
            {run.stage}
          </Text>
          <RunState state={run.state} />
          <Text size="sm" c="dimmed" truncate>
            {describe(story, run)}
          </Text>
        </Group>
        {isActive(run.state) && <RunBar story={story} />}
      </Stack>
      {isActive(run.state) && <CancelRun runId={run.id} />}
    </Group>
  );
}

export const RunState = ({ state }: { state: Schema["RunLine"]["state"] }) => (
  <Badge variant="light" color={STATE_COLORS[state]} size="sm" tt="none">
    {state}
  </Badge>
);

export function RunBar({ story }: { story: RunStory }) {
  const { progress } = story;
  const share = progress?.total ? progress.done / progress.total : 0;
  return (
    <Progress.Root size="sm">
      <Progress.Section value={share * 100} aria-label={progress?.part ?? "Progress"} />
    </Progress.Root>
  );
}

/** What a run does now, in words and numbers. */
export function describe(story: RunStory, run: Pick<Schema["RunOut"], "state" | "error">): string {
  if (story.failure) return story.failure.message;
  if (!isActive(run.state)) return typeof run.error?.["message"] === "string" ? run.error["message"] : "";
  const { progress } = story;
  if (progress === null) return run.state === "queued" ? "waits for another run to end" : "";
  const total = progress.total === null ? "" : ` of ${formatCount(progress.total)}`;
  const left = progress.secondsLeft === null ? "" : ` · ${formatDuration(progress.secondsLeft)} left`;
  const note = progress.note ? ` · ${progress.note}` : "";
  return `${progress.part}: ${formatCount(progress.done)}${total} ${progress.unit}${left}${note}`;
}

export function CancelRun({ runId, withText = false }: { runId: string; withText?: boolean }) {
  const queries = useQueryClient();
  const [isAsked, setIsAsked] = useState(false);
  const cancel = async (): Promise<void> => {
    setIsAsked(true);
    try {
      await api.POST("/v1/runs/{run_id}/cancel", { params: { path: { run_id: runId } } });
    } catch (error) {
      notifyProblem(error);
    }
    await queries.invalidateQueries();
  };
  if (withText) {
    return (
      <Button variant="default" onClick={cancel} loading={isAsked}>
        Cancel the run
      </Button>
    );
  }
  return (
    <Tooltip label="Cancel the run; it can be resumed">
      <ActionIcon
        variant="subtle"
        color="gray"
        onClick={cancel}
        loading={isAsked}
        aria-label="Cancel the run"
      >
        <Icon name="close" />
      </ActionIcon>
    </Tooltip>
  );
}
