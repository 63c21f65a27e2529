/** Runs: what works now, what ran, how it ended. */

import { Table, Text, VisuallyHidden } from "@mantine/core";
import { Link } from "wouter";
import { isActive, useRuns } from "../api/run_list.ts";
import { formatDuration } from "../ui/format.ts";
import { Ago, Empty, Loaded, Page } from "../ui/parts.tsx";
import { RunLine, RunState } from "../ui/run_line.tsx";

export default function Runs() {
  const runs = useRuns();
  return (
    <Page
      title="Runs"
      lead="Everything that takes longer is a run. It goes on when you close this page, can be cancelled, and most can be resumed."
    >
      <Loaded query={runs} what="Loading runs …">
        {(found) =>
          found.length === 0 ? (
            <Empty icon="runs" title="Nothing has run yet">
              Importing, training, predicting and the rest show up here with their progress.
            </Empty>
          ) : (
            <>
              {found
                .filter((run) => isActive(run.state))
                .map((run) => (
                  <RunLine key={run.id} runId={run.id} />
                ))}
              <Table.ScrollContainer minWidth={520}>
                <Table mt="md" verticalSpacing={6} aria-label="Runs that are over">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>Stage</Table.Th>
                      <Table.Th>State</Table.Th>
                      <Table.Th>Begun</Table.Th>
                      <Table.Th ta="right">Took</Table.Th>
                      <Table.Th>
                        <VisuallyHidden>What went wrong</VisuallyHidden>
                      </Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {found
                      .filter((run) => !isActive(run.state))
                      .map((run) => (
                        <Table.Tr key={run.id}>
                          <Table.Td tt="capitalize">
                            <Link href={`/runs/${run.id}`}>{run.stage}</Link>
                          </Table.Td>
                          <Table.Td>
                            <RunState state={run.state} />
                          </Table.Td>
                          <Table.Td>
                            <Ago at={run.created_at} />
                          </Table.Td>
                          <Table.Td ta="right">
                            {run.started_at && run.finished_at
                              ? formatDuration(run.finished_at - run.started_at)
                              : ""}
                          </Table.Td>
                          <Table.Td maw={320}>
                            <Text size="xs" c="dimmed" truncate>
                              {typeof run.error?.["message"] === "string" ? run.error["message"] : ""}
                            </Text>
                          </Table.Td>
                        </Table.Tr>
                      ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
            </>
          )
        }
      </Loaded>
    </Page>
  );
}
