/** How the newest collecting ended, if there is something to do about it. */

import { Alert, Anchor, Button, Group, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";
import { api } from "../../api/client.ts";
import { failureOf } from "../../api/runs.ts";
import { asSentence, formatCount } from "../../ui/format.ts";
import { notifyProblem } from "../../ui/notices.tsx";
import { Ago } from "../../ui/parts.tsx";
import { useRun } from "../../ui/run_line.tsx";

interface Collected {
  readonly added?: number;
  readonly known?: number;
  readonly n_rejected?: number;
  readonly remarks?: readonly string[];
}

interface FoundAgainResult {
  readonly missing: number;
  readonly relinked: number;
  readonly lost: readonly { readonly file: string; readonly reason: string }[];
}

export function LastRun({ runId }: { runId: string }) {
  const { run, story } = useRun(runId);
  const queries = useQueryClient();
  if (run === undefined) return null;
  const failure = failureOf(story, run);
  if (failure !== null) {
    const goOn = async (): Promise<void> => {
      try {
        await api.POST("/v1/runs/{run_id}/resume", { params: { path: { run_id: run.id } } });
        await queries.invalidateQueries({ queryKey: ["runs"] });
      } catch (error) {
        notifyProblem(error);
      }
    };
    return (
      <Alert color="orange" variant="light" title={failure.message} className="ts-last">
        {failure.hint && <Text size="sm">{asSentence(failure.hint)}</Text>}
        <Group gap="sm" mt="xs">
          <Button size="compact-sm" variant="default" onClick={goOn}>
            Go on with it
          </Button>
          <Anchor component={Link} href={`/runs/${run.id}`} size="sm">
            What was asked
          </Anchor>
        </Group>
      </Alert>
    );
  }
  if (run.result === null) return null;
  if ("relinked" in run.result) return <FoundAgain result={run.result as unknown as FoundAgainResult} />;
  const { added = 0, known = 0, n_rejected = 0, remarks = [] } = run.result as Collected;
  return (
    <div className="ts-last">
      <Text size="sm">
        <Ago at={run.finished_at ?? run.created_at} />: {formatCount(added)} new{" "}
        {added === 1 ? "image" : "images"}, {formatCount(known)} known already
        {n_rejected > 0 && `, ${formatCount(n_rejected)} left out`}.{" "}
        <Anchor component={Link} href={added > 0 ? "/curate" : "/images"} size="sm" underline="always">
          {added > 0 ? "Look for copies" : "See the images"}
        </Anchor>
      </Text>
      {remarks.map((remark) => (
        <Text key={remark} size="sm" c="dimmed">
          {remark}
        </Text>
      ))}
    </div>
  );
}

/** What became of the images of a folder that was moved. */
function FoundAgain({ result }: { result: FoundAgainResult }) {
  const { missing, relinked, lost } = result;
  const notFound = missing - relinked;
  return (
    <div className="ts-last">
      <Text size="sm">
        {formatCount(relinked)} of {formatCount(missing)} missing {missing === 1 ? "image" : "images"} found
        again{notFound > 0 && `, ${formatCount(notFound)} not`}.
      </Text>
      {lost.map(({ file, reason }) => (
        <Text key={file} size="xs" c="dimmed" title={file}>
          {reason}
        </Text>
      ))}
    </div>
  );
}
