/** Gaps: what the set of images lacks, in sentences first, then the numbers behind them. */

import { Code, Group, List, Text } from "@mantine/core";
import { lazy, Suspense } from "react";
import { useLastCurated } from "../../api/curating.ts";
import { formatCount } from "../../ui/format.ts";
import { Ago, BigNumber, Empty, Loaded, Section, Waiting } from "../../ui/parts.tsx";
import { Ask } from "./ask.tsx";

const Chart = lazy(() => import("../../ui/vega.tsx"));

interface GapsResult {
  readonly n_images: number;
  readonly n_with_position: number;
  readonly n_with_time: number;
  readonly sentences: readonly string[];
  readonly unknown: readonly string[];
  readonly charts: readonly { key: string; title: string; spec: Record<string, unknown> }[];
}

export default function Gaps() {
  const last = useLastCurated("gaps");
  return (
    <Loaded query={last} what="Loading gaps …">
      {(run) =>
        run === null ? (
          <Empty
            icon="insights"
            title="Nobody has looked for gaps yet"
            action={
              <Ask kind="gaps" verb="Find them" isMain>
                Find gaps
              </Ask>
            }
          >
            Classes with few labels, districts without a picture, seasons and hours that are missing: each in
            a sentence, with the numbers beneath.
          </Empty>
        ) : (
          <Found result={run.result as unknown as GapsResult} at={run.finished_at ?? run.created_at} />
        )
      }
    </Loaded>
  );
}

function Found({ result, at }: { result: GapsResult; at: number }) {
  return (
    <>
      <Group justify="space-between" align="flex-start">
        <Group gap="xl">
          <BigNumber value={formatCount(result.n_images)}>images</BigNumber>
          <BigNumber value={formatCount(result.n_with_position)}>say where</BigNumber>
          <BigNumber value={formatCount(result.n_with_time)}>say when</BigNumber>
        </Group>
        <Group gap="md">
          <Text size="sm" c="dimmed">
            Looked at <Ago at={at} />
          </Text>
          <Ask kind="gaps" verb="Find them">
            Look again
          </Ask>
        </Group>
      </Group>
      <div className="ts-gaps">
        <Section title="What is missing">
          {result.sentences.length === 0 ? (
            <Text>No gap was found in what can be told.</Text>
          ) : (
            <List spacing={4} maw="44rem">
              {result.sentences.map((sentence) => (
                <List.Item key={sentence}>{sentence}</List.Item>
              ))}
            </List>
          )}
          {result.unknown.map((sentence) => (
            <Text key={sentence} size="sm" c="dimmed" maw="44rem">
              <Prose>{sentence}</Prose>
            </Text>
          ))}
        </Section>
        <div>
          {result.charts.map(({ key, title, spec }) => (
            <Section key={key} title={title}>
              <Suspense fallback={<Waiting what="Drawing the chart …" />}>
                <Chart spec={spec} label={title} />
              </Suspense>
            </Section>
          ))}
        </div>
      </div>
    </>
  );
}

/** A sentence in which commands stand between backticks. */
function Prose({ children }: { children: string }) {
  return children
    .split("`")
    .map((part, k) => (k % 2 === 1 ? <Code key={`${k} ${part}`}>{part}</Code> : part));
}
