/** Step 3: the import itself, what it brought, and what comes next. */

import { Alert, Button, Group, Stack, Table, Text } from "@mantine/core";
import { Link, useLocation } from "wouter";
import type { ImportResult } from "../../api/exchange.ts";
import { fetchNext } from "../../api/images.ts";
import { isActive } from "../../api/run_list.ts";
import { failureOf } from "../../api/runs.ts";
import { asSentence, formatCount, formatShare } from "../../ui/format.ts";
import { notify, notifyProblem } from "../../ui/notices.tsx";
import { BigNumber, Coverage, Problem, Section, Swatch, Waiting } from "../../ui/parts.tsx";
import { CancelRun, describe, RunBar, useRun } from "../../ui/run_line.tsx";
import { RejectedFiles } from "../../ui/run_result.tsx";
import { placeAddress } from "./address.ts";
import { namedShortly, sourceName } from "./look.tsx";
import { sharesByClass } from "./mapping.ts";

export function Imported({ runId, lookId }: { runId: string; lookId: string | null }) {
  const { run, story, error } = useRun(runId);
  const back = lookId === null ? placeAddress({}) : placeAddress({ look: lookId });
  if (error && run === undefined) return <Problem error={error} />;
  if (run === undefined) return <Waiting what="Loading the import …" />;
  const result = (run.result ?? story.result) as ImportResult | null;
  if (result !== null) return <Brought result={result} name={sourceName(run.options)} />;
  if (isActive(run.state)) {
    return (
      <Stack gap={6} maw="44rem">
        <Text fw={600}>Importing {sourceName(run.options)} …</Text>
        <RunBar story={story} />
        <Group justify="space-between" wrap="nowrap">
          <Text size="sm" role="status" c="dimmed">
            {describe(story, run)}
          </Text>
          <CancelRun runId={run.id} withText />
        </Group>
      </Stack>
    );
  }
  const failure = failureOf(story, run);
  return (
    <Stack maw="44rem">
      <Alert
        color="orange"
        variant="light"
        role="alert"
        title={failure === null ? "The import did not get to its end." : namedShortly(failure.message, run)}
        style={{ whiteSpace: "pre-wrap" }}
      >
        {failure?.hint && asSentence(namedShortly(failure.hint, run))}
      </Alert>
      <Group>
        <Button component={Link} href={back}>
          Back to the look
        </Button>
        <Link href={`/runs/${run.id}`}>The run, and how to go on with it</Link>
      </Group>
    </Stack>
  );
}

function Brought({ result, name }: { result: ImportResult; name: string }) {
  const [, go] = useLocation();
  const byKey = new Map(result.classes.map((c) => [c.key, c]));
  const openOne = async (): Promise<void> => {
    try {
      const next = await fetchNext({ taxonomy: result.taxonomy }, null);
      if (next === null) notify("Everything is done: there is no picture left to label.");
      else go(`/images/${next.image_id}?taxonomy=${result.taxonomy}&queue=1`);
    } catch (error) {
      notifyProblem(error);
    }
  };
  return (
    <Stack gap="lg">
      <Text fw={650} size="lg">
        {name} is imported
      </Text>
      <Group gap="xl">
        <BigNumber value={formatCount(result.images)}>pictures with labels</BigNumber>
        <BigNumber value={formatCount(result.new_images)}>of them new here</BigNumber>
        {result.kept > 0 && <BigNumber value={formatCount(result.kept)}>kept the labels they had</BigNumber>}
        <BigNumber value={formatShare(result.labelled_share)}>of their pixels labelled</BigNumber>
      </Group>
      <Group gap="xs">
        <Button onClick={openOne}>Open one in the editor</Button>
        <Button component={Link} href={`/images?taxonomy=${result.taxonomy}`} variant="default">
          See the images
        </Button>
        <Button component={Link} href="/train" variant="default">
          Train a model
        </Button>
        <Button component={Link} href={placeAddress({})} variant="subtle" color="gray">
          Import more
        </Button>
      </Group>
      <Section title="What became of the labels">
        <Table maw="34rem" verticalSpacing={4} aria-label="Shares of the classes">
          <Table.Tbody>
            {sharesByClass(result.values).map(([key, share]) => {
              const found = byKey.get(key);
              return (
                <Table.Tr key={key}>
                  <Table.Td>
                    <Group gap={8} wrap="nowrap">
                      {found ? (
                        <Swatch color={found.color} />
                      ) : (
                        <span className="ts-swatch" data-kind={key} />
                      )}
                      {found?.name ?? (key === "ignore" ? "Ignored" : "Unlabelled")}
                    </Group>
                  </Table.Td>
                  <Table.Td ta="right" w="6rem">
                    {formatShare(share)}
                  </Table.Td>
                  <Table.Td w="10rem">
                    <Coverage share={share} label={`Share of ${found?.name ?? key}`} />
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Section>
      <RejectedFiles files={result.rejected} />
    </Stack>
  );
}
