/** What looks wrong, each with the pictures it shows in and what can be done about it in one click. */

import { Button, Group, Stack, Text } from "@mantine/core";
import type { Schema } from "../../api/client.ts";
import { type Finding, type ImportResult, previewAddress, type Remedy } from "../../api/exchange.ts";
import type { Answers } from "../../api/runs.ts";
import { formatCount } from "../../ui/format.ts";
import { Section } from "../../ui/parts.tsx";
import type { How } from "./draft.ts";
import { entryValue, withEntries } from "./mapping.ts";

export function Findings({
  run,
  result,
  how,
  onHow,
  onAgain,
  onShow,
  isAnswered,
  isBusy,
}: {
  run: Schema["RunOut"];
  result: ImportResult;
  /** Every value has a class by now. */
  isAnswered: boolean;
  how: How;
  onHow: (how: How) => void;
  onAgain: (changes: Answers) => void;
  onShow: (preview: number) => void;
  isBusy: boolean;
}) {
  const { findings } = result;
  const given = (run.options["map"] as string[] | undefined) ?? [];
  const apply = ({ options }: Remedy): void => {
    const { skip_broken, skip_missing, map, ...rest } = options;
    if (skip_broken || skip_missing) onHow({ ...how, leavesOut: true });
    else if ("new_taxonomy" in rest) onAgain({ ...rest, taxonomy: null, map: [] });
    else onAgain(map ? { ...rest, map: withEntries(given, map as string[]) } : rest);
  };
  return (
    <Section title="What looks wrong">
      <Applied run={run} given={given} onAgain={onAgain} isBusy={isBusy} />
      {findings.length === 0 && (
        <Text size="sm" c="dimmed">
          Nothing: sizes fit, every picture can be read, and no label looks out of place.
        </Text>
      )}
      {findings.map((finding) => (
        <div key={`${finding.kind} ${finding.title} ${finding.text}`} className="ts-finding">
          <Text size="sm" fw={600}>
            {finding.title}
          </Text>
          <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {finding.text}
          </Text>
          <Shown run={run} result={result} finding={finding} onShow={onShow} />
          {finding.kind === "unknown" && isAnswered && (
            <Text size="sm" mt={4}>
              Answered in the table above.
            </Text>
          )}
          {finding.remedies.length > 0 && !(finding.kind === "unknown" && isAnswered) && (
            <Group gap="xs" mt={6}>
              {finding.remedies.map((remedy) => (
                <Button
                  key={remedy.title}
                  size="compact-sm"
                  variant="default"
                  loading={isBusy}
                  disabled={how.leavesOut && Boolean(remedy.options["skip_broken"])}
                  onClick={() => apply(remedy)}
                >
                  {remedy.title}
                </Button>
              ))}
            </Group>
          )}
        </div>
      ))}
    </Section>
  );
}

/** The pictures of a finding: small where they were drawn, by name where not. */
function Shown({
  run,
  result,
  finding,
  onShow,
}: {
  run: Schema["RunOut"];
  result: ImportResult;
  finding: Finding;
  onShow: (preview: number) => void;
}) {
  if (finding.pictures.length === 0) return null;
  const drawn = finding.pictures.flatMap((name) => {
    const index = result.previews.findIndex((preview) => preview.name === name);
    return index < 0 ? [] : [{ name, index, file: result.previews[index]?.file ?? "" }];
  });
  const names = finding.pictures.filter((name) => !drawn.some((one) => one.name === name));
  const more = finding.n_pictures - finding.pictures.length;
  return (
    <Stack gap={4} mt={4}>
      {drawn.length > 0 && (
        <Group gap={4}>
          {drawn.map(({ name, index, file }) => (
            <button
              key={name}
              type="button"
              className="ts-thumb"
              title={name}
              aria-label={`Show ${name}`}
              onClick={() => onShow(index)}
            >
              <img src={previewAddress(run.id, file)} alt="" loading="lazy" />
            </button>
          ))}
        </Group>
      )}
      {(names.length > 0 || more > 0) && (
        <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {[...names, ...(more > 0 ? [`${formatCount(more)} more`] : [])].join(" · ")}
        </Text>
      )}
    </Stack>
  );
}

/** Remedies that this look was made with, each with the way back. */
function Applied({
  run,
  given,
  onAgain,
  isBusy,
}: {
  run: Schema["RunOut"];
  given: readonly string[];
  onAgain: (changes: Answers) => void;
  isBusy: boolean;
}) {
  const other = given.find((entry) => entryValue(entry) === "other");
  const snap = Number(run.options["snap"] ?? 0);
  const applied: [text: string, undo: Answers][] = [];
  if (snap > 0) {
    applied.push([
      `Colours without a class are taken for the nearest known one (at most ${snap} away).`,
      { snap: null },
    ]);
  }
  if (run.options["resize_labels"] === true)
    applied.push(["Labels are brought to the image's size.", { resize_labels: null }]);
  if (other !== undefined) {
    const rest = given.filter((entry) => entry !== other);
    applied.push([`Every value without a class means ${other.slice("other=".length)}.`, { map: rest }]);
  }
  return applied.map(([text, undo]) => (
    <Group key={text} gap="xs" wrap="nowrap">
      <Text size="sm">{text}</Text>
      <Button
        size="compact-xs"
        variant="subtle"
        style={{ flex: "none" }}
        loading={isBusy}
        onClick={() => onAgain(undo)}
      >
        Undo
      </Button>
    </Group>
  ));
}
