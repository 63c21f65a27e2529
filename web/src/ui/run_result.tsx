/** What a run found, by stage: the numbers that matter, and where to go from there. */

import { Anchor, Group, Table, Text } from "@mantine/core";
import { Link } from "wouter";
import type { Schema } from "../api/client.ts";
import { formatCount, formatScore, formatShare } from "./format.ts";
import { BigNumber, Section } from "./parts.tsx";

type Result = Readonly<Record<string, unknown>>;

const number = (value: unknown): number | null => (typeof value === "number" ? value : null);
const text = (value: unknown): string => (typeof value === "string" ? value : "");

interface Rejected {
  readonly file: string;
  readonly reason: string;
}

export function RunResult({
  run: { id, stage, kind, words },
  result,
}: {
  run: Pick<Schema["RunOut"], "id" | "stage" | "kind" | "words">;
  result: Result;
}) {
  return (
    <Section title="Result">
      <Numbers stage={stage} result={result} />
      {words.map((sentence) => (
        <Text key={sentence} size="sm" maw="44rem">
          {sentence}
        </Text>
      ))}
      <RejectedFiles files={(result["rejected"] as Rejected[] | undefined) ?? []} />
      {stage === "curate" ? (
        <Anchor component={Link} href={`/curate/${TAB_OF[kind ?? ""] ?? kind}`} size="sm">
          Look at what was found
        </Anchor>
      ) : (
        <NextStep runId={id} stage={result["looked_only"] === true ? "look" : stage} />
      )}
    </Section>
  );
}

/** Ways to curate that have no tab of their own. */
const TAB_OF: Readonly<Record<string, string>> = {
  redact: "privacy",
  destroy: "privacy",
  similar: "scenes",
};

function Numbers({ stage, result }: { stage: string; result: Result }) {
  const counted = (name: string, label: string) => (
    <BigNumber value={formatCount(number(result[name]) ?? 0)}>{label}</BigNumber>
  );
  switch (stage) {
    case "collect":
      return (
        <Group gap="xl">
          {counted("added", "new images")}
          {counted("known", "known already")}
        </Group>
      );
    case "import":
      return (
        <Group gap="xl">
          {counted("images", "images with labels")}
          {result["looked_only"] !== true && counted("new_images", "new images")}
          <BigNumber value={formatShare(number(result["labelled_share"]))}>
            of their pixels labelled
          </BigNumber>
        </Group>
      );
    case "export":
      return (
        <Group gap="xl">
          {counted("pictures", "pictures")}
          <BigNumber value={formatShare(number(result["agreement"]))}>
            of their pixels came back the same
          </BigNumber>
        </Group>
      );
    case "train":
      return (
        <Group gap="xl">
          <BigNumber value={text(result["model"])}>model</BigNumber>
          <BigNumber value={formatScore(number(result["tune_mean_iou"]))}>
            mean IoU on tune (optimistic)
          </BigNumber>
          {counted("steps", "steps")}
        </Group>
      );
    case "evaluate":
      return (
        <Group gap="xl">
          <BigNumber value={formatScore(number(result["mean_iou"]))}>
            mean IoU on {text(result["part"])}
          </BigNumber>
          <BigNumber value={formatScore(number(result["pixel_accuracy"]))}>pixel accuracy</BigNumber>
        </Group>
      );
    case "predict":
      return (
        <Group gap="xl">
          {counted("predicted", "images predicted now")}
          {counted("images", "have a prediction")}
        </Group>
      );
    case "insights":
      return (
        <Group gap="xl">
          {counted("indicators", "indicators")}
          {counted("zones", "zones")}
        </Group>
      );
    case "report":
      return <Text size="sm">The report is written.</Text>;
    default:
      return null;
  }
}

export function RejectedFiles({ files }: { files: readonly Rejected[] }) {
  if (files.length === 0) return null;
  return (
    <>
      <Text size="sm" fw={500}>
        {formatCount(files.length)} {files.length === 1 ? "file was" : "files were"} left out
      </Text>
      <Table maw="60rem" verticalSpacing={4}>
        <Table.Tbody>
          {files.slice(0, 200).map(({ file, reason }) => (
            <Table.Tr key={file}>
              <Table.Td style={{ overflowWrap: "anywhere" }}>{file}</Table.Td>
              <Table.Td>{reason}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </>
  );
}

const NEXT: Readonly<Record<string, readonly [path: string, words: string]>> = {
  collect: ["/images", "Look at the images"],
  import: ["/train", "Train a model"],
  look: ["/import?look=", "See what was found, and import it"],
  export: ["/export?run=", "See what was kept, and where it is"],
  train: ["/evaluate", "See how good it is"],
  evaluate: ["/evaluate", "All scores, class by class"],
  predict: ["/insights", "Compute insights"],
  insights: ["/insights", "Read the insights"],
  report: ["/report", "Open the report"],
};

function NextStep({ runId, stage }: { runId: string; stage: string }) {
  const next = NEXT[stage];
  if (next === undefined) return null;
  return (
    <Anchor component={Link} href={next[0].endsWith("=") ? next[0] + runId : next[0]} size="sm">
      {next[1]}
    </Anchor>
  );
}
