/** What a look found: pictures beside the table of values, what looks wrong, and how to import. */

import { Button, Checkbox, Group, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Schema } from "../../api/client.ts";
import type { ImportResult } from "../../api/exchange.ts";
import { type Answers, startRun } from "../../api/runs.ts";
import { formatCount, formatShare } from "../../ui/format.ts";
import { notifyProblem } from "../../ui/notices.tsx";
import { BigNumber } from "../../ui/parts.tsx";
import { usePlace } from "./address.ts";
import { howAnswers, useDraft } from "./draft.ts";
import { Findings } from "./findings.tsx";
import { HowToImport } from "./how.tsx";
import { sourceName } from "./look.tsx";
import { mapEntries, unanswered } from "./mapping.ts";
import { shownColor } from "./paint.ts";
import { Pictures } from "./pictures.tsx";
import { Reading } from "./reading.tsx";
import { Values } from "./values.tsx";

export function Looked({
  run,
  result,
  again,
  isStarting,
}: {
  run: Schema["RunOut"];
  result: ImportResult;
  again: (changes: Answers) => void;
  isStarting: boolean;
}) {
  const [{ choices, how }, change] = useDraft(run);
  const [, goTo] = usePlace();
  const [hot, setHot] = useState<number | null>(null);
  const [shown, setShown] = useState(0);
  const { values: rows, classes } = result;
  const byKey = useMemo(() => new Map(classes.map((c) => [c.key, c])), [classes]);
  const colors = useMemo(
    () => rows.map((row, index) => shownColor(row, index, choices, byKey)),
    [rows, choices, byKey],
  );
  const given = (run.options["map"] as string[] | undefined) ?? [];
  const isSnapped = Number(run.options["snap"] ?? 0) > 0;
  const map = mapEntries(given, rows, choices, isSnapped);
  const open = unanswered(rows, choices);
  const lookAgain = (changes: Answers): void => again({ ...howAnswers(how), map, ...changes });
  const start = useMutation({
    mutationFn: () => startRun("import", { ...howAnswers(how), map, look: null }, run.id),
    onSuccess: (started) => goTo({ look: run.id, run: started.id }),
    onError: notifyProblem,
  });
  const leftOut = result.rejected.length;
  const missing =
    result.images === 0
      ? "There is no picture that can be imported."
      : open.length > 0
        ? `${formatCount(open.length)} ${open.length === 1 ? "value still needs" : "values still need"} a class.`
        : leftOut > 0 && !how.leavesOut
          ? "Say that the files that cannot be used are left out."
          : null;
  return (
    <>
      <div className="ts-look-head">
        <div>
          <Text fw={650} size="lg" lh={1.3}>
            {sourceName(run.options)}
          </Text>
          <Group gap="xl" mt="sm">
            <BigNumber value={formatCount(result.images)}>
              {result.images === 1 ? "picture with labels" : "pictures with labels"}
            </BigNumber>
            <BigNumber value={formatCount(rows.length)}>
              {rows.length === 1 ? "value in them" : "values in them"}
            </BigNumber>
            {leftOut > 0 && <BigNumber value={formatCount(leftOut)}>cannot be used</BigNumber>}
            {result.labelled_share < 0.9995 && (
              <BigNumber value={formatShare(result.labelled_share)}>of the pixels labelled</BigNumber>
            )}
          </Group>
        </div>
        <Reading run={run} result={result} isBusy={isStarting} onChange={lookAgain} />
      </div>
      <div className="ts-look">
        <Pictures
          runId={run.id}
          previews={result.previews}
          rows={rows}
          colors={colors}
          hot={hot}
          onHot={setHot}
          shown={shown}
          onShow={setShown}
        />
        <div className="ts-results">
          <Values
            rows={rows}
            classes={classes}
            colors={colors}
            choices={choices}
            hot={hot}
            onHot={setHot}
            onChoose={(next) => change({ choices: next })}
          />
          <Findings
            run={run}
            result={result}
            how={how}
            onHow={(next) => change({ how: next })}
            onAgain={lookAgain}
            onShow={setShown}
            isAnswered={open.length === 0}
            isBusy={isStarting}
          />
          <HowToImport run={run} how={how} onChange={(next) => change({ how: next })} />
        </div>
      </div>
      <section className="ts-look-foot" aria-label="Import">
        {leftOut > 0 && (
          <Checkbox
            label={`Leave out ${leftOut === 1 ? "the file" : `the ${formatCount(leftOut)} files`} that cannot be used`}
            checked={how.leavesOut}
            onChange={(event) => change({ how: { ...how, leavesOut: event.currentTarget.checked } })}
          />
        )}
        <Group>
          <Button onClick={() => start.mutate()} disabled={missing !== null} loading={start.isPending}>
            Import {formatCount(result.images)} {result.images === 1 ? "picture" : "pictures"}
          </Button>
          <Text size="sm" c="dimmed" role="status">
            {missing ?? "Every value has an answer. Nothing is written before you press the button."}
          </Text>
        </Group>
      </section>
    </>
  );
}
