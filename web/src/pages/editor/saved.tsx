/** Whether everything is on the server; what is not is in this browser's journal. */

import { Button, Text, Tooltip } from "@mantine/core";
import type { CanvasEngine } from "../../canvas/engine.ts";
import type { SyncState } from "../../canvas/sync/sync.ts";
import { asSentence } from "../../ui/format.ts";
import { useStatus } from "./status.ts";

const WORDS: Readonly<Record<SyncState["kind"], string>> = {
  saved: "Saved",
  unsaved: "Saving soon …",
  saving: "Saving …",
  offline: "Offline",
  refused: "Not saved",
};

function detailOf(sync: SyncState): string {
  if (sync.kind === "offline")
    return `The server cannot be reached. ${sync.strokes} strokes are kept in this browser and will be saved when it is back.`;
  if (sync.kind === "refused")
    return `${sync.message} ${asSentence(sync.hint ?? "")} Your strokes are kept in this browser.`;
  return "Every stroke is saved by itself.";
}

/** The state in a word or two, for the bar. */
export function Saved({ engine }: { engine: CanvasEngine }) {
  const sync = useStatus((status) => status.sync);
  const conflicts = useStatus((status) => status.conflicts);
  const isTrouble = sync.kind === "offline" || sync.kind === "refused";
  return (
    <>
      <Tooltip label={detailOf(sync)} multiline maw={320}>
        <Text
          size="xs"
          c={isTrouble ? "orange" : "dimmed"}
          fw={isTrouble ? 600 : 400}
          role="status"
          data-sync={sync.kind}
          style={{ whiteSpace: "nowrap" }}
        >
          {WORDS[sync.kind]}
          {sync.kind === "offline" && `, ${sync.strokes} strokes kept here`}
        </Text>
      </Tooltip>
      {sync.kind === "offline" && (
        <Button size="compact-xs" variant="default" onClick={() => engine.sync.retry()}>
          Try again
        </Button>
      )}
      {conflicts > 0 && (
        <Button
          size="compact-xs"
          variant="light"
          color="orange"
          onClick={() => {
            engine.forgetConflicts();
            useStatus.setState({ conflicts: 0 });
          }}
        >
          Met other strokes: got it
        </Button>
      )}
    </>
  );
}

/** What stands in the way of saving, over the canvas, as long as a person has to do something about it. */
export function Trouble({ engine }: { engine: CanvasEngine }) {
  const sync = useStatus((status) => status.sync);
  if (sync.kind !== "refused") return null;
  return (
    <div className="ts-trouble" role="alert">
      <span>{detailOf(sync)}</span>
      <Button size="compact-xs" variant="default" onClick={() => engine.sync.retry()}>
        Try again
      </Button>
    </div>
  );
}
