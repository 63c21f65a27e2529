/** The line below the canvas: how far the labels are, where the pointer is, what lies there. */

import { Button, Text } from "@mantine/core";
import type { CanvasEngine } from "../../canvas/engine.ts";
import { FIRST_OBJECT, IGNORE } from "../../canvas/segments.ts";
import { formatShare } from "../../ui/format.ts";
import { notifyProblem } from "../../ui/notices.tsx";
import { Coverage } from "../../ui/parts.tsx";
import { say, useStatus } from "./status.ts";
import type { Opened } from "./use_engine.ts";

export function StatusBar({ opened, engine }: { opened: Opened; engine: CanvasEngine | null }) {
  const share = useStatus((status) => status.labelledShare);
  const scale = useStatus((status) => status.scale);
  const canPaint = useStatus((status) => status.canPaint);
  const findUnlabelled = async (): Promise<void> => {
    try {
      const found = await engine?.goToUnlabelled();
      if (!found) say("Everything is labelled.");
    } catch (error) {
      notifyProblem(error);
    }
  };
  return (
    <footer className="ts-status">
      <span style={{ display: "inline-flex", alignItems: "center", gap: 8 }} data-coverage={share}>
        <Text span size="xs" fw={600}>
          {formatShare(share)} labelled
        </Text>
        <span style={{ width: 96, display: "inline-flex" }}>
          <Coverage share={share} label="Labelled" />
        </span>
      </span>
      <Button size="compact-xs" variant="subtle" onClick={findUnlabelled} disabled={engine === null}>
        Find unlabelled
      </Button>
      <Text span size="xs">
        {Math.round(scale * 100)}
        {"\u202f"}%
      </Text>
      {!canPaint && (
        <Text span size="xs" c="orange">
          Zoom in to paint
        </Text>
      )}
      <Pointer opened={opened} engine={engine} />
      <span style={{ flex: 1 }} />
      <Text span size="xs" c="dimmed">
        {opened.image.width} × {opened.image.height} px, {opened.taxonomy.title || opened.taxonomy.name}
      </Text>
    </footer>
  );
}

function Pointer({ opened, engine }: { opened: Opened; engine: CanvasEngine | null }) {
  const pointer = useStatus((status) => status.pointer);
  const segment = useStatus((status) => status.segment);
  if (pointer === null || engine === null) return null;
  const number = engine.document.objects.classOf(segment);
  const target = opened.taxonomy.classes.find((c) => c.number === number);
  const shown = opened.taxonomy.classes.find((c) => c.number === (target?.merged_into ?? number));
  const name =
    number === 0 ? "unlabelled" : number === IGNORE ? "ignore" : (shown?.name ?? `class ${number}`);
  return (
    <Text span size="xs">
      {Math.floor(pointer.x)}, {Math.floor(pointer.y)}: {name}
      {segment >= FIRST_OBJECT && `, object ${segment - FIRST_OBJECT + 1}`}
    </Text>
  );
}
