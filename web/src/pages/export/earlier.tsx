/** Exports that were made before, to be downloaded again. */

import { Table } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { Link } from "wouter";
import { api, must } from "../../api/client.ts";
import { useFormats } from "../../api/lists.ts";
import { useRuns } from "../../api/run_list.ts";
import { Ago, Section } from "../../ui/parts.tsx";

const MOST = 8;

export function Earlier() {
  const runs = useRuns();
  const done = (runs.data ?? [])
    .filter((run) => run.stage === "export" && run.state === "done")
    .slice(0, MOST);
  const details = useQueries({
    queries: done.map(({ id }) => ({
      queryKey: ["run", id],
      queryFn: async () => must(await api.GET("/v1/runs/{run_id}", { params: { path: { run_id: id } } })),
      staleTime: Number.POSITIVE_INFINITY,
    })),
  });
  const titles = new Map((useFormats().data ?? []).map((format) => [format.name, format.title]));
  if (done.length === 0) return null;
  return (
    <Section title="Exports made before">
      <Table maw="44rem" verticalSpacing={4} aria-label="Exports made before">
        <Table.Tbody>
          {details.map(({ data }) => {
            if (!data?.result) return null;
            const name = String(data.result["out"]).split(/[\\/]/).at(-1);
            return (
              <Table.Tr key={data.id}>
                <Table.Td>
                  <Link href={`/export?run=${data.id}`}>{name}</Link>
                </Table.Td>
                <Table.Td>{titles.get(String(data.result["format"])) ?? ""}</Table.Td>
                <Table.Td ta="right">
                  <Ago at={data.created_at} />
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Section>
  );
}
