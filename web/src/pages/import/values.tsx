/** The table of values: what each is, how much there is of it, and what it means. */

import { Button, Group, NativeSelect, Table, Text } from "@mantine/core";
import { useState } from "react";
import type { ClassChoice, ValueRow } from "../../api/exchange.ts";
import { formatCount, formatShare } from "../../ui/format.ts";
import { Coverage, Section } from "../../ui/parts.tsx";
import { type Choices, meaningOf, unanswered } from "./mapping.ts";
import { ownColor } from "./paint.ts";

const MOST_SHOWN = 150;

export function Values({
  rows,
  classes,
  colors,
  choices,
  hot,
  onHot,
  onChoose,
}: {
  rows: readonly ValueRow[];
  classes: readonly ClassChoice[];
  /** The colour in which each value is shown now. */
  colors: readonly (string | null)[];
  choices: Choices;
  hot: number | null;
  onHot: (row: number | null) => void;
  onChoose: (choices: Choices) => void;
}) {
  const [isNarrowed, setIsNarrowed] = useState(false);
  const open = new Set(unanswered(rows, choices));
  const listed = rows.map((row, index) => ({ row, index })).filter(({ row }) => !isNarrowed || open.has(row));
  const choose = (row: ValueRow, meaning: string): void => {
    const { [row.value]: _, ...rest } = choices;
    onChoose(meaning === "" || meaning === row.class ? rest : { ...rest, [row.value]: meaning });
  };
  if (rows.length === 0) {
    return (
      <Section title="Values">
        <Text size="sm" c="dimmed">
          There is no label in these files, or none that can be read: see below what looks wrong.
        </Text>
      </Section>
    );
  }
  return (
    <Section
      title="What the values mean"
      actions={
        <Group gap="sm">
          {open.size > 0 && (
            <Text size="sm" fw={600} className="ts-asks">
              {formatCount(open.size)} of {formatCount(rows.length)} without a class
            </Text>
          )}
          {rows.length > 12 && (open.size > 0 || isNarrowed) && (
            <Button size="compact-xs" variant="subtle" onClick={() => setIsNarrowed(!isNarrowed)}>
              {isNarrowed ? "Show all" : "Show only those"}
            </Button>
          )}
        </Group>
      }
    >
      <Table
        verticalSpacing={4}
        horizontalSpacing="xs"
        aria-label="Values and their classes"
        className="ts-values"
      >
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Value</Table.Th>
            <Table.Th w="6rem">Share</Table.Th>
            <Table.Th w="13rem">Means</Table.Th>
            <Table.Th>Because</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {listed.slice(0, MOST_SHOWN).map(({ row, index }) => (
            <Row
              key={row.value}
              row={row}
              index={index}
              meaning={meaningOf(row, choices)}
              isChosen={choices[row.value] !== undefined}
              color={colors[index] ?? null}
              classes={classes}
              isHot={hot === index}
              onHot={onHot}
              onChoose={(meaning) => choose(row, meaning)}
            />
          ))}
        </Table.Tbody>
      </Table>
      {listed.length > MOST_SHOWN && (
        <Text size="sm" c="dimmed">
          The {formatCount(MOST_SHOWN)} most frequent of {formatCount(listed.length)}. What is rarer is
          answered all at once, here or by a remedy below.
        </Text>
      )}
      {open.size > 1 && (
        <Group gap="xs">
          <NativeSelect
            size="xs"
            aria-label="Class of all values without one"
            data={options(classes, `All ${formatCount(open.size)} without a class mean …`)}
            value=""
            onChange={(event) => {
              const meaning = event.currentTarget.value;
              onChoose({
                ...choices,
                ...Object.fromEntries([...open].map((row) => [row.value, meaning])),
              });
            }}
          />
        </Group>
      )}
    </Section>
  );
}

function Row({
  row,
  index,
  meaning,
  isChosen,
  color,
  classes,
  isHot,
  onHot,
  onChoose,
}: {
  row: ValueRow;
  index: number;
  meaning: string;
  isChosen: boolean;
  color: string | null;
  classes: readonly ClassChoice[];
  isHot: boolean;
  onHot: (row: number | null) => void;
  onChoose: (meaning: string) => void;
}) {
  return (
    <Table.Tr
      data-hot={isHot || undefined}
      data-open={meaning === "" || undefined}
      onPointerEnter={() => onHot(index)}
      onPointerLeave={() => onHot(null)}
      onFocus={() => onHot(index)}
      onBlur={() => onHot(null)}
    >
      <Table.Td>
        <Group gap={8} wrap="nowrap">
          <span className="ts-swatch" style={{ background: ownColor(row.value, index) }} />
          <div>
            <code className="ts-value" data-short={row.value.length < 16 || undefined}>
              {row.value}
            </code>
            {row.name && (
              <Text size="xs" c="dimmed">
                {row.name}
              </Text>
            )}
          </div>
        </Group>
      </Table.Td>
      <Table.Td>
        <Text size="xs" ta="right" lh={1.3}>
          {formatShare(row.share)}
        </Text>
        <Coverage share={row.share} label={`Share of ${row.value}`} />
      </Table.Td>
      <Table.Td>
        <Group gap={6} wrap="nowrap">
          <span
            className="ts-swatch"
            data-kind={meaning === "" ? "open" : meaning}
            style={meaning !== "" && color !== null ? { background: color } : undefined}
          />
          <NativeSelect
            size="xs"
            style={{ flex: 1 }}
            aria-label={`Class of ${row.value}${row.name ? ` (${row.name})` : ""}`}
            data={options(classes, meaning === "" ? "Choose a class …" : "As it was found")}
            value={meaning}
            onChange={(event) => onChoose(event.currentTarget.value)}
          />
        </Group>
      </Table.Td>
      <Table.Td>
        <Text size="xs" c="dimmed">
          {isChosen || row.reason === "given" ? "you said so" : row.reason || "no match"}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}

const options = (classes: readonly ClassChoice[], empty: string) => [
  { value: "", label: empty },
  { group: "Classes", items: classes.map((c) => ({ value: c.key, label: c.name })) },
  {
    group: "No class",
    items: [
      { value: "ignore", label: "Ignore" },
      { value: "unlabelled", label: "Unlabelled" },
    ],
  },
];
