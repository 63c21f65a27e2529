/** Report: write the page, read it here, take it and its tables along. */

import { Anchor, Group, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, must } from "../api/client.ts";
import { formatAgo } from "../ui/format.ts";
import { Empty, Loaded, Section } from "../ui/parts.tsx";
import { StagePage } from "../ui/stage_page.tsx";

const TABLES: Readonly<Record<string, string>> = { csv: "CSV", geojson: "GeoJSON" };

export default function Reports() {
  const [chosen, setChosen] = useState<string | null>(null);
  const reports = useQuery({
    queryKey: ["reports"],
    queryFn: async () => must(await api.GET("/v1/reports")),
  });
  return (
    <StagePage
      stage="report"
      title="Report"
      verb="Write the report"
      lead="One self-contained page: what was found, how sure, what it does not prove, how it was made."
    >
      <Section title="Written pages">
        <Loaded query={reports} what="Looking for reports …">
          {(found) => {
            const shown =
              found.find((one) => one.id === chosen) ??
              found.find((one) => one.kind === "report") ??
              found[0];
            if (shown === undefined) {
              return (
                <Empty icon="report" title="No report yet">
                  Compute insights, then write the report.
                </Empty>
              );
            }
            return (
              <>
                <Group gap="md">
                  <Select
                    aria-label="Which page"
                    w="20rem"
                    data={found.map((one) => ({
                      value: one.id,
                      label: `${one.name}, ${formatAgo(one.written_at)}`,
                    }))}
                    value={shown.id}
                    onChange={setChosen}
                    allowDeselect={false}
                  />
                  <Anchor size="sm" href={`/v1/reports/${shown.id}`} target="_blank">
                    Open alone
                  </Anchor>
                  <Anchor size="sm" href={`/v1/reports/${shown.id}?download=true`}>
                    Download
                  </Anchor>
                  {Object.entries(shown.tables).map(([name, id]) => (
                    <Anchor key={id} size="sm" href={`/v1/reports/${id}`}>
                      {TABLES[name.split(".").at(-1) ?? ""] ?? name}
                    </Anchor>
                  ))}
                </Group>
                <iframe
                  key={`${shown.id} ${shown.written_at}`}
                  src={`/v1/reports/${shown.id}`}
                  sandbox=""
                  title={shown.name}
                  style={{
                    width: "100%",
                    height: "80vh",
                    border: "1px solid var(--ts-line)",
                    background: "#faf8f3",
                  }}
                />
              </>
            );
          }}
        </Loaded>
      </Section>
    </StagePage>
  );
}
