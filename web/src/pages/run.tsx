/** One run: progress, curves, what it said, its result, its log. */

import { Alert, Button, Code, Group, Stack, Table, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { api, must, request } from "../api/client.ts";
import { isActive } from "../api/run_list.ts";
import { failureOf } from "../api/runs.ts";
import { Curves } from "../ui/curves.tsx";
import { formatDuration } from "../ui/format.ts";
import { notifyProblem } from "../ui/notices.tsx";
import { Ago, Page, Problem, Section, Waiting } from "../ui/parts.tsx";
import { CancelRun, describe, RunBar, RunState, useRun } from "../ui/run_line.tsx";
import { RunResult } from "../ui/run_result.tsx";

const RESUMABLE = new Set(["interrupted", "cancelled", "failed"]);

export default function RunPage({ runId }: { runId: string }) {
  const { run, story, error } = useRun(runId);
  const queries = useQueryClient();
  const [, go] = useLocation();
  const [showsLog, setShowsLog] = useState(false);
  if (error && run === undefined) {
    return (
      <Page title="Run">
        <Problem error={error} />
      </Page>
    );
  }
  if (run === undefined) return <Waiting what="Loading the run …" />;
  const resume = async (): Promise<void> => {
    try {
      const again = must(
        await api.POST("/v1/runs/{run_id}/resume", { params: { path: { run_id: run.id } } }),
      );
      await queries.invalidateQueries();
      go(`/runs/${again.id}`);
      window.location.reload();
    } catch (problem) {
      notifyProblem(problem);
    }
  };
  const failure = failureOf(story, run);
  const options = Object.entries(run.options).filter(([, value]) => value !== null && value !== "");
  return (
    <Page
      title={`${run.stage[0]?.toUpperCase()}${run.stage.slice(1)}`}
      lead={
        <>
          <RunState state={run.state} /> begun <Ago at={run.created_at} />
          {run.started_at && run.finished_at && `, took ${formatDuration(run.finished_at - run.started_at)}`}
        </>
      }
      actions={
        <>
          {isActive(run.state) && <CancelRun runId={run.id} withText />}
          {RESUMABLE.has(run.state) && (
            <Button variant="default" onClick={resume}>
              Go on with it
            </Button>
          )}
        </>
      }
    >
      {isActive(run.state) && (
        <Stack gap={6} maw="44rem" mb="lg">
          <RunBar story={story} />
          <Text size="sm" role="status">
            {describe(story, run)}
          </Text>
        </Stack>
      )}
      {failure?.message && (
        <Alert
          color="orange"
          variant="light"
          title={failure.message}
          my="md"
          maw="44rem"
          style={{ whiteSpace: "pre-wrap" }}
        >
          {failure.hint}
        </Alert>
      )}
      <Curves curves={story.curves} />
      {run.result && <RunResult run={run} result={run.result} />}
      {story.messages.length > 0 && (
        <Section title="What it said">
          {story.messages.map((message) => (
            <Text
              key={message.text}
              size="sm"
              {...(message.level !== "warning" && { c: "dimmed" })}
              maw="44rem"
            >
              {message.text}
              {message.hint && ` (${message.hint})`}
            </Text>
          ))}
        </Section>
      )}
      <Section title="What was asked">
        <Table maw="44rem" verticalSpacing={4}>
          <Table.Tbody>
            {options.map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Td w="14rem" c="dimmed">
                  {name.replaceAll("_", " ")}
                </Table.Td>
                <Table.Td style={{ overflowWrap: "anywhere" }}>
                  {typeof value === "object" ? JSON.stringify(value) : String(value)}
                </Table.Td>
              </Table.Tr>
            ))}
            <Table.Tr>
              <Table.Td c="dimmed">code version</Table.Td>
              <Table.Td>{run.code_version}</Table.Td>
            </Table.Tr>
          </Table.Tbody>
        </Table>
      </Section>
      <Group mt="lg">
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          onClick={() => setShowsLog(!showsLog)}
          aria-expanded={showsLog}
        >
          {showsLog ? "Hide the log" : "Show the log"}
        </Button>
        <Link href="/runs">All runs</Link>
      </Group>
      {showsLog && <Log runId={run.id} isLive={isActive(run.state)} />}
    </Page>
  );
}

function Log({ runId, isLive }: { runId: string; isLive: boolean }) {
  const log = useQuery({
    queryKey: ["log", runId],
    queryFn: async () => await (await request(`/v1/runs/${runId}/log`)).text(),
    refetchInterval: isLive ? 2000 : false,
  });
  return (
    <Code block mt="sm" tabIndex={0} style={{ maxHeight: "24rem", overflow: "auto" }}>
      {log.data || "The process has printed nothing."}
    </Code>
  );
}
