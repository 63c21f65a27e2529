/** The objects of the image: how many of each class, and changing an object's class. */

import { Group, Select, Stack, Text } from "@mantine/core";
import { activeClasses, type Taxonomy } from "../../api/taxonomies.ts";
import type { CanvasEngine } from "../../canvas/engine.ts";
import { FIRST_OBJECT } from "../../canvas/segments.ts";
import { Swatch } from "../../ui/parts.tsx";
import { useStatus } from "./status.ts";

const SHOWN = 100;

export function ObjectsPanel({ engine, taxonomy }: { engine: CanvasEngine; taxonomy: Taxonomy }) {
  const count = useStatus((status) => status.objects);
  if (count === 0) {
    return (
      <Text size="xs" c="dimmed">
        No objects yet. Switch “Objects” on above the canvas (O): each group of strokes becomes an object that
        can be counted.
      </Text>
    );
  }
  const rows = [...engine.document.objects.rows.values()].filter((row) => row.classNumber !== null);
  const classes = activeClasses(taxonomy);
  const byClass = new Map<number, number>();
  for (const row of rows)
    byClass.set(row.classNumber as number, (byClass.get(row.classNumber as number) ?? 0) + 1);
  return (
    <Stack gap={6}>
      {classes
        .filter((c) => byClass.has(c.number))
        .map((c) => (
          <Group key={c.number} gap="xs">
            <Swatch color={c.color} />
            <Text size="xs" style={{ flex: 1 }}>
              {c.name}
            </Text>
            <Text size="xs">{byClass.get(c.number)}</Text>
          </Group>
        ))}
      {rows.slice(-SHOWN).map((row) => (
        <Group key={row.id} gap="xs" wrap="nowrap">
          <Text size="xs" w={64}>
            Object {row.id - FIRST_OBJECT + 1}
          </Text>
          <Select
            size="xs"
            aria-label={`Class of object ${row.id - FIRST_OBJECT + 1}`}
            data={classes.map((c) => ({ value: String(c.number), label: c.name }))}
            value={String(row.classNumber)}
            onChange={(value) => value && engine.steps.changeObject({ ...row, classNumber: Number(value) })}
            allowDeselect={false}
          />
        </Group>
      ))}
      {rows.length > SHOWN && (
        <Text size="xs" c="dimmed">
          The {SHOWN} newest of {rows.length}.
        </Text>
      )}
    </Stack>
  );
}
