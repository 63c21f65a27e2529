/** Who changed what, when, and the way back. Saves of one person in one sitting stand together. */

import { Badge, Button, Group, Stack, Text, Tooltip } from "@mantine/core";
import type { Schema } from "../../api/client.ts";
import { formatCount, formatDuration } from "../../ui/format.ts";
import { Ago } from "../../ui/parts.tsx";

type Revision = Schema["RevisionOut"];

const SITTING_S = 15 * 60;

interface Sitting {
  readonly newest: Revision;
  readonly saves: number;
  readonly tiles: number;
  readonly activeS: number;
  readonly conflicts: number;
}

/** Saves in a row, newest first, by the same person, of the same kind, without a long pause. */
export function sittings(revisions: readonly Revision[]): Sitting[] {
  const found: { newest: Revision; last: Revision; sum: Sitting }[] = [];
  for (const revision of revisions) {
    if (revision.number === 0) continue;
    const open = found.at(-1);
    const goesOn =
      open !== undefined &&
      open.last.author === revision.author &&
      open.last.kind === "edit" &&
      revision.kind === "edit" &&
      open.last.message === revision.message &&
      open.last.created_at - revision.created_at < SITTING_S;
    if (goesOn) {
      open.last = revision;
      open.sum = {
        newest: open.newest,
        saves: open.sum.saves + 1,
        tiles: open.sum.tiles + revision.tiles,
        activeS: open.sum.activeS + revision.active_s,
        conflicts: open.sum.conflicts + revision.conflict_pixels,
      };
    } else {
      const sum = {
        newest: revision,
        saves: 1,
        tiles: revision.tiles,
        activeS: revision.active_s,
        conflicts: revision.conflict_pixels,
      };
      found.push({ newest: revision, last: revision, sum });
    }
  }
  return found.map(({ sum }) => sum);
}

const KINDS: Readonly<Record<string, string>> = {
  import: "Imported",
  revert: "Went back",
  prediction: "From a model",
  merge: "Merged",
};

export function HistoryPanel({
  revisions,
  head,
  onRestore,
}: {
  revisions: readonly Revision[];
  head: number;
  onRestore: (revision: number) => void;
}) {
  const found = sittings(revisions);
  if (found.length === 0) {
    return (
      <Text size="xs" c="dimmed">
        Nothing has been saved yet. Every stroke is kept here, and you can always go back.
      </Text>
    );
  }
  return (
    <Stack gap={6}>
      {found.slice(0, 60).map(({ newest, saves, activeS, conflicts }) => (
        <Group key={newest.number} gap="xs" wrap="nowrap" align="flex-start" justify="space-between">
          <div style={{ minWidth: 0 }}>
            <Text size="xs" truncate>
              <strong>{newest.author ?? KINDS[newest.kind] ?? newest.kind}</strong>{" "}
              <Ago at={newest.created_at} />
            </Text>
            <Text size="xs" c="dimmed" truncate title={newest.message}>
              {newest.message || `${formatCount(saves)} ${saves === 1 ? "save" : "saves"}`}
              {activeS >= 1 && `, ${formatDuration(activeS)} at work`}
            </Text>
            {newest.kind === "prediction" && (
              <Badge size="xs" variant="light" tt="none">
                proposed by a model
              </Badge>
            )}
            {conflicts > 0 && (
              <Badge size="xs" variant="light" color="orange" tt="none">
                {formatCount(conflicts)} px met others
              </Badge>
            )}
          </div>
          {newest.number !== head && (
            <Tooltip label="A new revision that holds what this one held; nothing is lost">
              <Button size="compact-xs" variant="subtle" onClick={() => onRestore(newest.number)}>
                Restore
              </Button>
            </Tooltip>
          )}
        </Group>
      ))}
    </Stack>
  );
}
