/** The sources with their numbers; what was left out opens beneath. */

import { Button, Group, Table, Text, VisuallyHidden } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import { lookAgain, type Source } from "../../api/sources.ts";
import { formatCount } from "../../ui/format.ts";
import { notifyProblem } from "../../ui/notices.tsx";
import { Ago } from "../../ui/parts.tsx";
import { Moved } from "./moved.tsx";
import { Rejected } from "./rejected.tsx";

export function SourceTable({ sources, isBusy }: { sources: readonly Source[]; isBusy: boolean }) {
  const [open, setOpen] = useState<string | null>(null);
  const queries = useQueryClient();
  const again = async (source: Source): Promise<void> => {
    try {
      await lookAgain(source.id);
      await queries.invalidateQueries({ queryKey: ["runs"] });
    } catch (error) {
      notifyProblem(error);
    }
  };
  return (
    <Table.ScrollContainer minWidth={560}>
      <Table verticalSpacing="xs" aria-label="Sources">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Source</Table.Th>
            <Table.Th ta="right">Images</Table.Th>
            <Table.Th ta="right">Waiting</Table.Th>
            <Table.Th ta="right">Gone</Table.Th>
            <Table.Th ta="right" style={{ whiteSpace: "nowrap" }}>
              Left out
            </Table.Th>
            <Table.Th>
              <VisuallyHidden>What can be done</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sources.map((source) => (
            <Fragment key={source.id}>
              <Table.Tr>
                <Table.Td maw="22rem">
                  <Text size="sm" className="ts-tail" title={source.address}>
                    <bdi>{source.address}</bdi>
                  </Text>
                  <Text size="xs" c="dimmed">
                    {source.title}
                    {source.listed_at !== null && (
                      <>
                        , looked at <Ago at={source.listed_at} />
                      </>
                    )}
                    {!source.is_whole && ", not to its end"}
                  </Text>
                </Table.Td>
                <Table.Td ta="right">{formatCount(source.taken)}</Table.Td>
                <Table.Td ta="right">{formatCount(source.listed)}</Table.Td>
                <Table.Td ta="right">{formatCount(source.gone)}</Table.Td>
                <Table.Td ta="right">
                  {source.rejected === 0 ? (
                    "0"
                  ) : (
                    <Button
                      variant="subtle"
                      size="compact-sm"
                      aria-expanded={open === source.id}
                      aria-label={`${source.rejected} left out, show the reasons`}
                      onClick={() => setOpen(open === source.id ? null : source.id)}
                    >
                      {formatCount(source.rejected)}
                    </Button>
                  )}
                </Table.Td>
                <Table.Td>
                  {!source.has_moved && (
                    <Group justify="flex-end">
                      <Button
                        variant="default"
                        size="compact-sm"
                        disabled={isBusy}
                        aria-label={`Look again at ${source.address}`}
                        onClick={() => again(source)}
                      >
                        Look again
                      </Button>
                    </Group>
                  )}
                </Table.Td>
              </Table.Tr>
              {source.has_moved && (
                <Table.Tr>
                  <Table.Td colSpan={6}>
                    <Moved source={source} isBusy={isBusy} />
                  </Table.Td>
                </Table.Tr>
              )}
              {open === source.id && (
                <Table.Tr>
                  <Table.Td colSpan={6} p={0}>
                    <Rejected sourceId={source.id} />
                  </Table.Td>
                </Table.Tr>
              )}
            </Fragment>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="xs" c="dimmed" mt="xs" maw="44rem">
        Waiting: listed and not taken, as with a sample. Gone: not in the source any more; their images and
        labels stay. Looking again takes what is new or changed, and tries what was left out once more.
      </Text>
    </Table.ScrollContainer>
  );
}
