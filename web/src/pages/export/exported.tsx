/** An export on its way, its question if it has one, and what it wrote. */

import { Alert, Button, Code, CopyButton, Group, Radio, Stack, Table, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import type { Schema } from "../../api/client.ts";
import type { ExportResult } from "../../api/exchange.ts";
import { isActive } from "../../api/run_list.ts";
import { failureOf, type RunFailure, startRun } from "../../api/runs.ts";
import { asSentence, formatBytes, formatCount, formatShare } from "../../ui/format.ts";
import { notifyProblem } from "../../ui/notices.tsx";
import { BigNumber, Problem, Section, Waiting } from "../../ui/parts.tsx";
import { CancelRun, describe, RunBar, useRun } from "../../ui/run_line.tsx";
import { Losses } from "./format_list.tsx";

export function Exported({ runId }: { runId: string }) {
  const { run, story, error } = useRun(runId);
  if (error && run === undefined) return <Problem error={error} />;
  if (run === undefined) return <Waiting what="Loading the export …" />;
  const result = (run.result ?? story.result) as ExportResult | null;
  if (result !== null) return <Written run={run} result={result} />;
  if (isActive(run.state)) {
    return (
      <Stack gap={6} maw="44rem">
        <Text fw={600}>Exporting …</Text>
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
  if (failure?.code === "export-question") return <Question run={run} failure={failure} />;
  return (
    <Stack maw="44rem">
      <Alert
        color="orange"
        variant="light"
        role="alert"
        title={failure?.message ?? "The export did not get to its end."}
        style={{ whiteSpace: "pre-wrap" }}
      >
        {failure?.hint && asSentence(failure.hint)}
      </Alert>
      <Group>
        <Button component={Link} href="/export">
          Back to the form
        </Button>
        <Link href={`/runs/${run.id}`}>The run, and how to go on with it</Link>
      </Group>
    </Stack>
  );
}

/** What an answer means, by the option that it answers. */
function answerTexts(what: string): Readonly<Record<string, readonly [title: string, text: string]>> {
  return {
    unlabelled: [
      "Write them as unlabelled",
      "Readers cannot tell them from pixels that nobody has looked at yet.",
    ],
    ignore: ["Write them as ignored", "Readers leave them out, as if somebody had decided so."],
    class: [
      `Add a class called “${what}”`,
      "Readers see it as one more class; an import here knows what it means.",
    ],
    background: ["Write them as background", "They become one with the pixels of that class."],
  };
}

function Question({ run, failure }: { run: Schema["RunOut"]; failure: RunFailure }) {
  const [, go] = useLocation();
  const choices = failure.choices ?? [];
  const field = failure.field ?? "";
  const [chosen, setChosen] = useState("");
  const texts = answerTexts(field);
  const goOn = useMutation({
    mutationFn: () => startRun("export", { [field]: chosen }, run.id),
    onSuccess: (next) => go(`/export?run=${next.id}`, { replace: true }),
    onError: notifyProblem,
  });
  return (
    <Section title="One question first">
      <Stack gap="md" maw="44rem">
        <Text size="sm">{failure.message}</Text>
        <Radio.Group label="What becomes of them?" value={chosen} onChange={setChosen}>
          <Stack gap="sm" mt="xs">
            {choices.map((choice) => {
              const [title, text] = texts[choice] ?? [choice, ""];
              return <Radio key={choice} value={choice} label={title} description={text} />;
            })}
          </Stack>
        </Radio.Group>
        <Text size="xs" c="dimmed">
          The answer is written into the data card.
        </Text>
        <Group>
          <Button onClick={() => goOn.mutate()} loading={goOn.isPending} disabled={chosen === ""}>
            Go on
          </Button>
          <Link href="/export">Back to the form</Link>
        </Group>
      </Stack>
    </Section>
  );
}

function Written({ run, result }: { run: Schema["RunOut"]; result: ExportResult }) {
  const isPacked = result.out.toLowerCase().endsWith(".zip");
  const name = result.out.split(/[\\/]/).at(-1) ?? result.out;
  const parts = Object.entries(result.parts).filter(([part]) => part !== "default");
  const written = result.classes.filter((c) => c.pixels > 0);
  const simplify = Number(run.options["simplify"] ?? 0);
  const isWhole =
    result.is_exact &&
    result.losses.length + result.flattened_objects + Object.keys(result.answers).length === 0;
  const unused = result.classes.length - written.length;
  return (
    <Stack gap="lg">
      <Text fw={650} size="lg">
        {name} is written
      </Text>
      <Group gap="xl">
        <BigNumber value={formatCount(result.pictures)}>
          {result.pictures === 1 ? "picture" : "pictures"}
        </BigNumber>
        {parts.map(([part, n]) => (
          <BigNumber key={part} value={formatCount(n)}>
            in {part}
          </BigNumber>
        ))}
        <BigNumber value={result.is_exact ? "100\u202f%" : formatShare(result.agreement, 2)}>
          of the pixels came back the same
        </BigNumber>
        {result.objects > 0 && (
          <BigNumber value={`${formatCount(result.same_objects)} of ${formatCount(result.objects)}`}>
            objects came back the same
          </BigNumber>
        )}
        <BigNumber value={formatBytes(result.size_bytes)}>of files</BigNumber>
      </Group>
      <Group gap="md">
        {isPacked && (
          <Button component="a" href={`/v1/runs/${run.id}/download`} download>
            Download
          </Button>
        )}
        <Button component={Link} href="/export" variant="default">
          Export another
        </Button>
      </Group>
      <Group gap="xs">
        <Text size="sm" c="dimmed">
          It lies at
        </Text>
        <Code style={{ overflowWrap: "anywhere" }}>{result.out}</Code>
        <CopyButton value={result.out}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="subtle" onClick={copy}>
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Section title="Read back, class by class">
        <Table maw="44rem" verticalSpacing={4} aria-label="Classes as they were written and read back">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Class</Table.Th>
              <Table.Th>Value</Table.Th>
              <Table.Th ta="right">Pixels</Table.Th>
              <Table.Th ta="right">Came back the same</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {written.map((c) => (
              <Table.Tr key={c.key}>
                <Table.Td>{c.name}</Table.Td>
                <Table.Td>
                  <ValueCode value={c.value} />
                </Table.Td>
                <Table.Td ta="right">{formatCount(c.pixels)}</Table.Td>
                <Table.Td ta="right">
                  {c.agreement === 1 ? "100\u202f%" : formatShare(c.agreement, 2)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        {unused > 0 && (
          <Text size="xs" c="dimmed">
            {formatCount(unused)} more {unused === 1 ? "class is" : "classes are"} listed in the files and
            {unused === 1 ? " has" : " have"} no pixel.
          </Text>
        )}
      </Section>
      <Section title="What was not kept">
        {result.losses.length > 0 && <Losses losses={result.losses} />}
        {!result.is_exact && (
          <Text size="sm">
            {formatShare(1 - result.agreement, 2)} of the pixels differ when they are read back
            {simplify > 0 && `: outlines were simplified by up to ${simplify} px`}.
          </Text>
        )}
        {isWhole && (
          <Text size="sm" c="dimmed">
            Nothing is missing: every pixel, every object and its attributes are in the files.
          </Text>
        )}
        {Object.entries(result.answers).map(([what, answer]) => (
          <Text key={what} size="sm">
            {what === "ignore" ? "Ignored" : "Unlabelled"} pixels were written as{" "}
            {answer === "class" ? `a class called “${what}”` : answer}, as you said.
          </Text>
        ))}
        {result.flattened_objects > 0 && (
          <Text size="sm">
            {formatCount(result.flattened_objects)} objects of classes without countable objects were written
            as plain pixels.
          </Text>
        )}
      </Section>
    </Stack>
  );
}

function ValueCode({ value }: { value: string }) {
  if (value === "")
    return (
      <Text size="xs" c="dimmed">
        nothing is written
      </Text>
    );
  const isColor = /^#[0-9a-f]{6}$/.test(value);
  return (
    <span className="ts-named">
      {isColor && <span className="ts-swatch" style={{ background: value }} />}
      <code>{value}</code>
    </span>
  );
}
