/** Insights: what was found, how sure, and what it does not prove. */

import { Badge, Table, Text, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { api, must, type Schema } from "../api/client.ts";
import { formatCount, formatShare } from "../ui/format.ts";
import { Ago, Empty, Loaded, Section, Waiting } from "../ui/parts.tsx";
import { StagePage } from "../ui/stage_page.tsx";

const Chart = lazy(() => import("../ui/vega.tsx"));

const GRADES: Readonly<Record<string, string>> = {
  A: "Corrected with your own reference sample.",
  B: "The map, corrected with the confusion of held-out labels.",
  C: "The map's own count, without an interval: indicative only.",
};
const MAX_ROWS = 60;

export default function Insights() {
  const insights = useQuery({
    queryKey: ["insights"],
    queryFn: async () => must(await api.GET("/v1/insights")),
  });
  return (
    <StagePage
      stage="insights"
      title="Insights"
      verb="Compute"
      lead="From predictions to numbers that can be acted on: each with its unit, interval, sample and grade."
    >
      <Loaded query={insights} what="Loading insights …">
        {(found) =>
          found.length === 0 ? (
            <Empty icon="insights" title="No insights yet">
              Predict images first; then shares of green, sealed ground and land cover are computed per zone,
              and what a pedestrian sees per street.
            </Empty>
          ) : (
            found.map((one, k) => <OfModel key={one.model_id} insights={one} isFirst={k === 0} />)
          )
        }
      </Loaded>
    </StagePage>
  );
}

function OfModel({ insights, isFirst }: { insights: Schema["InsightsOut"]; isFirst: boolean }) {
  return (
    <>
      <Text size="sm" c="dimmed" mt={isFirst ? 0 : "3rem"}>
        As read by {insights.model}, <Ago at={insights.created_at} />
      </Text>
      {insights.findings.map((finding) => (
        <Section key={finding.insight} title={finding.title}>
          <Text maw="44rem">
            {finding.finding}{" "}
            <Tooltip label={GRADES[finding.grade] ?? ""}>
              <Badge size="sm" variant="outline" color="gray" tt="none">
                grade {finding.grade}
              </Badge>
            </Tooltip>
          </Text>
          {finding.chart && (
            <Suspense fallback={<Waiting what="Drawing the chart …" />}>
              <Chart spec={finding.chart} label={`${finding.title}: ${finding.finding}`} />
            </Suspense>
          )}
          <Numbers
            indicators={insights.indicators.filter((i) => i.insight === finding.insight)}
            title={finding.title}
          />
          <Text size="xs" c="dimmed" maw="44rem">
            Does not prove: {finding.does_not_prove}
          </Text>
        </Section>
      ))}
    </>
  );
}

function Numbers({ indicators, title }: { indicators: readonly Schema["IndicatorOut"][]; title: string }) {
  const shown = indicators.filter((i) => i.unit === "share").slice(0, MAX_ROWS);
  if (shown.length === 0) return null;
  return (
    <details>
      <summary style={{ fontSize: "0.8125rem", cursor: "pointer" }}>The numbers</summary>
      <Table.ScrollContainer minWidth={460}>
        <Table verticalSpacing={4} maw="44rem" aria-label={`${title}: numbers`}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Where</Table.Th>
              <Table.Th>What</Table.Th>
              <Table.Th ta="right">Value</Table.Th>
              <Table.Th ta="right">95 % interval</Table.Th>
              <Table.Th ta="right">n</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map((i) => (
              <Table.Tr key={`${i.measure} ${i.subject_name}`}>
                <Table.Td>{i.subject_name}</Table.Td>
                <Table.Td>{i.measure}</Table.Td>
                <Table.Td ta="right">{formatShare(i.value)}</Table.Td>
                <Table.Td ta="right">
                  {i.low === null ? "none" : `${formatShare(i.low)} – ${formatShare(i.high)}`}
                </Table.Td>
                <Table.Td ta="right">
                  {formatCount(i.n)} {i.n_unit}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {indicators.length > shown.length && (
        <Text size="xs" c="dimmed">
          More are in the report&apos;s table.
        </Text>
      )}
    </details>
  );
}
