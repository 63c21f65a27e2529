/** Evaluate: scores first, then class by class, then what is taken for what. */

import { Alert, Group, Select, Table, Text, VisuallyHidden } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, must, type Schema } from "../api/client.ts";
import { formatAgo, formatCount, formatScore, formatShare } from "../ui/format.ts";
import { BigNumber, Empty, Loaded, Section } from "../ui/parts.tsx";
import { StagePage } from "../ui/stage_page.tsx";

interface ClassScore {
  readonly key: string;
  readonly name: string;
  readonly iou: number | null;
  readonly accuracy: number | null;
  readonly precision: number | null;
  readonly dice: number | null;
  readonly boundary_iou: number | null;
  readonly truth_share: number;
  readonly in_mean: boolean;
  readonly note: string;
}

interface Interval {
  readonly low: number | null;
  readonly high: number | null;
  readonly n_groups: number;
}

interface Scores {
  readonly mean_iou: number | null;
  readonly pixel_accuracy: number | null;
  readonly mean_iou_interval: Interval;
  readonly pixel_accuracy_interval: Interval;
  readonly mean_accuracy: number | null;
  readonly frequency_weighted_iou: number | null;
  readonly mean_boundary_iou: number | null;
  readonly calibration_error: number | null;
  readonly n_classes_averaged: number;
  readonly n_windows: number;
  readonly n_groups: number;
  readonly classes: readonly ClassScore[];
  readonly confusion: readonly (readonly number[])[];
  readonly warnings: readonly string[];
}

export default function Evaluate() {
  const evaluations = useQuery({
    queryKey: ["evaluations"],
    queryFn: async () => must(await api.GET("/v1/evaluations")),
  });
  const [chosen, setChosen] = useState<string | null>(null);
  return (
    <StagePage
      stage="evaluate"
      title="Evaluate"
      verb="Evaluate"
      lead="How good a model is on labels that it has not learned from. Every score states its definition."
    >
      <Section title="Scores">
        <Loaded query={evaluations} what="Loading scores …">
          {(found) => {
            const shown = found.find((one) => one.id === chosen) ?? found[0];
            if (shown === undefined) {
              return (
                <Empty icon="evaluate" title="No model has been scored yet">
                  Train one, then evaluate it here.
                </Empty>
              );
            }
            return (
              <>
                <Select
                  aria-label="Which evaluation"
                  maw="30rem"
                  data={found.map((one) => ({
                    value: one.id,
                    label: `${one.model} on ${one.part}, ${formatAgo(one.created_at)}`,
                  }))}
                  value={shown.id}
                  onChange={setChosen}
                  allowDeselect={false}
                />
                <Shown evaluation={shown} />
              </>
            );
          }}
        </Loaded>
      </Section>
    </StagePage>
  );
}

function interval({ low, high, n_groups }: Interval): string {
  if (low === null || high === null) return `no interval: ${n_groups} ${n_groups === 1 ? "group" : "groups"}`;
  return `${low.toFixed(3)}–${high.toFixed(3)} (95\u202f%, ${n_groups} groups)`;
}

function Shown({ evaluation }: { evaluation: Schema["EvaluationOut"] }) {
  const scores = evaluation.scores as unknown as Scores;
  return (
    <>
      {evaluation.is_optimistic && (
        <Alert color="orange" variant="light" title="These scores are optimistic">
          The model was trained or chosen on these labels.
        </Alert>
      )}
      <Group gap="xl" mt="sm" align="flex-start">
        <BigNumber value={formatScore(scores.mean_iou)}>
          mean IoU over {scores.n_classes_averaged} classes
          <br />
          {interval(scores.mean_iou_interval)}
        </BigNumber>
        <BigNumber value={formatScore(scores.pixel_accuracy)}>
          pixel accuracy
          <br />
          {interval(scores.pixel_accuracy_interval)}
        </BigNumber>
        <BigNumber value={formatScore(scores.mean_accuracy)}>mean accuracy</BigNumber>
        <BigNumber value={formatScore(scores.frequency_weighted_iou)}>IoU weighted by frequency</BigNumber>
        <BigNumber value={formatScore(scores.mean_boundary_iou)}>boundary IoU</BigNumber>
        <BigNumber value={formatScore(scores.calibration_error)}>calibration error</BigNumber>
      </Group>
      <Text size="xs" c="dimmed">
        {formatCount(scores.n_windows)} windows in {formatCount(scores.n_groups)} independent groups. IoU = TP
        / (TP + FP + FN), pixels summed over the whole part, at native size; unlabelled and ignored pixels are
        left out.
      </Text>
      {scores.warnings.map((warning) => (
        <Text key={warning} size="sm" maw="44rem">
          {warning}
        </Text>
      ))}
      <Table.ScrollContainer minWidth={600}>
        <Table verticalSpacing={4} aria-label="Scores by class">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Class</Table.Th>
              {["IoU", "Found", "Right", "Dice", "Boundary IoU", "Share"].map((name) => (
                <Table.Th key={name} ta="right">
                  {name}
                </Table.Th>
              ))}
              <Table.Th>
                <VisuallyHidden>Remark</VisuallyHidden>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {scores.classes.map((c) => (
              <Table.Tr key={c.key}>
                <Table.Td>{c.name}</Table.Td>
                <Table.Td ta="right" fw={600}>
                  {formatScore(c.iou)}
                </Table.Td>
                <Table.Td ta="right">{formatScore(c.accuracy)}</Table.Td>
                <Table.Td ta="right">{formatScore(c.precision)}</Table.Td>
                <Table.Td ta="right">{formatScore(c.dice)}</Table.Td>
                <Table.Td ta="right">{formatScore(c.boundary_iou)}</Table.Td>
                <Table.Td ta="right">{formatShare(c.truth_share)}</Table.Td>
                <Table.Td c="dimmed">{c.note}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Confusion scores={scores} />
    </>
  );
}

/** What is taken for what: rows are the truth, shares of each row. */
function Confusion({ scores }: { scores: Scores }) {
  const columns = [...scores.classes.map((c) => c.name), "nothing"];
  return (
    <>
      <Text size="sm" fw={600} mt="md">
        What is taken for what
      </Text>
      <Text size="xs" c="dimmed">
        Rows: what it is. Columns: what the model says. Per cent of each row.
      </Text>
      <Table.ScrollContainer minWidth={480}>
        <Table
          withRowBorders={false}
          verticalSpacing={1}
          horizontalSpacing={2}
          w="auto"
          aria-label="Confusion matrix"
        >
          <Table.Thead>
            <Table.Tr>
              <Table.Th>
                <VisuallyHidden>Label, by prediction</VisuallyHidden>
              </Table.Th>
              {columns.map((name) => (
                <Table.Th
                  key={name}
                  style={{ writingMode: "vertical-rl", transform: "rotate(180deg)", fontWeight: 500 }}
                >
                  {name}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {scores.confusion.map((row, k) => {
              const total = row.reduce((a, b) => a + b, 0);
              const name = scores.classes[k]?.name ?? "";
              return (
                <Table.Tr key={name}>
                  <Table.Th fw={500}>{name}</Table.Th>
                  {row.map((pixels, j) => {
                    const share = total === 0 ? 0 : pixels / total;
                    const strength = Math.round(share * 100);
                    const tone = j === k ? "var(--mantine-primary-color-filled)" : "#b3541f";
                    return (
                      <Table.Td
                        key={columns[j]}
                        ta="right"
                        title={`${name} taken for ${columns[j]}: ${formatShare(share)}`}
                        style={{
                          background: `color-mix(in srgb, ${tone} ${Math.min(45, strength * 0.45)}%, transparent)`,
                          minWidth: 34,
                        }}
                      >
                        {strength > 0 ? strength : ""}
                      </Table.Td>
                    );
                  })}
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </>
  );
}
