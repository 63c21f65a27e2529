/** One image to look over: its areas in the picture and in a list, before and after. */

import { Badge, Button, Group, Kbd, Text } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { shownKeys } from "../../../actions/action.ts";
import { answerAudit, bringBack, markReviewed, type Redaction, saveAreas } from "../../../api/redactions.ts";
import { notify, notifyProblem } from "../../../ui/notices.tsx";
import { OneOf } from "../../../ui/one_of.tsx";
import { InBasket } from "../../../ui/thumb.tsx";
import { AreaCanvas } from "./area_canvas.tsx";
import { AreaList } from "./area_list.tsx";
import { type Area, middleBox } from "./areas.ts";
import { Original } from "./original.tsx";
import { useReviewActions } from "./review_actions.ts";
import { Tiled } from "./tiled.tsx";
import { about, type View, viewOf, wholeView, ZOOM } from "./view.ts";

type Look = "before" | "after";

let nextDrawn = 1;

export function Reviewer({
  redaction,
  place,
  isAudit,
  onMove,
  onDone,
}: {
  redaction: Redaction;
  place: string;
  isAudit: boolean;
  onMove: (by: number) => void;
  /** Something was said of the image; whether it leaves the list by that. */
  onDone: (leaves: boolean) => Promise<void>;
}) {
  const { image_id: id, name, state } = redaction;
  const [areas, setAreas] = useState<readonly Area[]>(redaction.areas);
  const [past, setPast] = useState<readonly (readonly Area[])[]>([]);
  const [chosen, setChosen] = useState<string | null>(null);
  const isCovered = state === "redacted" || state === "destroyed";
  const [look, setLook] = useState<Look>(isCovered ? "after" : "before");
  const [view, setView] = useState<View>(wholeView(redaction));
  const { ref: measured, width: screenPx } = useElementSize();
  // What is covered is looked at as it is now; what is not, as it was.
  const isEditable = look === (isCovered ? "after" : "before");
  const isChanged = past.length > 0;
  const nNew = areas.length - redaction.areas.length;
  const n = areas.filter((area) => area.keep).length;

  const change = (next: readonly Area[]): void => {
    setPast([...past, areas]);
    setAreas(next);
  };
  const add = (box: Pick<Area, "x" | "y" | "width" | "height">): void => {
    const area: Area = { ...box, id: `new-${nextDrawn++}`, kind: "added", score: null, by: "", keep: true };
    change([...areas, area]);
    setChosen(area.id);
  };
  const undo = (): void => {
    const before = past.at(-1);
    if (before === undefined) return;
    setAreas(before);
    setPast(past.slice(0, -1));
  };
  const say = async (what: () => Promise<unknown>, leaves: boolean): Promise<void> => {
    try {
      if (isChanged) await saveAreas(id, areas);
      await what();
      setPast([]);
      await onDone(leaves);
    } catch (error) {
      notifyProblem(error);
    }
  };
  const isAnswered = isAudit && redaction.missed !== null && nNew === 0;
  const done = (): Promise<void> =>
    isAudit
      ? say(async () => isAnswered || (await answerAudit(id, nNew)), false)
      : say(async () => isChanged || (await markReviewed(id)), state === "proposed");
  const restore = (): Promise<void> =>
    say(async () => {
      await bringBack(id);
      notify(`${name} has its original back; its areas are kept, to be covered again.`);
    }, true);
  useKeptOnLeaving(id, name, isChanged, areas);

  useReviewActions(redaction, {
    areas,
    chosen,
    view,
    isEditable,
    done,
    undo,
    add,
    move: onMove,
    choose: setChosen,
    show: setView,
    turn: () => setLook(other),
  });

  const shows = { id, width: redaction.width, height: redaction.height, version: redaction.version };
  return (
    <section aria-label="The image">
      <Group justify="space-between" mb="xs" align="flex-start" wrap="nowrap">
        <div style={{ minWidth: 0 }}>
          <Group gap="xs" wrap="nowrap">
            <Text fw={650} className="ts-tail" title={name}>
              <bdi>{name}</bdi>
            </Text>
            <Badge variant="light" color={isCovered ? "teal" : "gray"} tt="none" style={{ flex: "none" }}>
              {STATES[state]}
              {redaction.reviewer ? `, ${redaction.reviewer}` : ""}
            </Badge>
          </Group>
          <Text size="xs" c="dimmed">
            {place} · {n} {n === 1 ? "area" : "areas"}
            {!isCovered && redaction.doubt > 0 && ` · doubt ${redaction.doubt.toFixed(2)}`}
            {isCovered && redaction.n_uncovered > 0 && ` · ${redaction.n_uncovered} not covered yet`}
            {isAudit && redaction.missed !== null && ` · ${redaction.missed} missed, says the audit`}
          </Text>
        </div>
        <Group gap="xs" wrap="nowrap">
          {isChanged && (
            <Button variant="subtle" color="gray" onClick={undo}>
              Undo
            </Button>
          )}
          {isAnswered && (
            <Button variant="subtle" color="gray" onClick={() => say(() => answerAudit(id, null), true)}>
              Take the answer back
            </Button>
          )}
          {state === "redacted" && !isChanged && !isAudit && (
            <Button variant="default" onClick={restore}>
              Bring the original back
            </Button>
          )}
          <Button onClick={done} rightSection={<Kbd size="xs">{shownKeys("Enter")}</Kbd>}>
            {isAnswered
              ? "Next"
              : !isAudit
                ? "Reviewed, next"
                : nNew === 0
                  ? "Nothing missed, next"
                  : `${nNew} missed, next`}
          </Button>
        </Group>
      </Group>
      <div ref={measured} className="ts-review-picture">
        <AreaCanvas
          name={name}
          frame={redaction}
          view={view}
          picture={
            isCovered && look === "before" ? (
              <Original redaction={redaction} />
            ) : (
              <Tiled image={shows} view={view} screenPx={screenPx * window.devicePixelRatio} />
            )
          }
          areas={areas}
          chosen={chosen}
          isEditable={isEditable}
          isFilled={!isCovered && look === "after"}
          onChoose={setChosen}
          onChange={change}
          onDraw={add}
          onView={setView}
        />
        <InBasket image={{ id, name }} />
      </div>
      <Group gap="md" mt="xs">
        <OneOf<Look>
          label="What the picture shows"
          options={{ before: "Before", after: "After" }}
          value={look}
          onChange={setLook}
        />
        <Button.Group>
          <Button size="compact-sm" variant="default" onClick={() => setView(about(view, ZOOM, redaction))}>
            −
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => setView(wholeView(redaction))}>
            Whole
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => setView(about(view, 1 / ZOOM, redaction))}
          >
            +
          </Button>
        </Button.Group>
        {isEditable && (
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => add(middleBox(redaction))}
            rightSection={<Kbd size="xs">{shownKeys("KeyA")}</Kbd>}
          >
            Add an area
          </Button>
        )}
        <Link href={`/images/${id}`} style={{ fontSize: "0.8125rem" }}>
          Open in the editor
        </Link>
      </Group>
      {isEditable && (
        <Text size="xs" c="dimmed" mt={4}>
          Drag over the picture to draw an area. With an area in focus: arrows move it, Shift and arrows size
          it, Space switches it, Delete takes it away.
        </Text>
      )}
      <AreaList
        image={shows}
        areas={areas}
        chosen={chosen}
        isEditable={isEditable}
        onShow={(area) => {
          setChosen(area.id);
          setView(viewOf(area, redaction));
        }}
        onChange={change}
      />
    </section>
  );
}

const STATES: Readonly<Record<Redaction["state"], string>> = {
  proposed: "to review",
  reviewed: "reviewed",
  redacted: "covered",
  clear: "nothing found",
  destroyed: "covered, original destroyed",
};

const other = (look: Look): Look => (look === "before" ? "after" : "before");

/** Changes of an image that one leaves without a word are kept all the same. */
function useKeptOnLeaving(id: string, name: string, isChanged: boolean, areas: readonly Area[]): void {
  const now = useRef({ isChanged, areas });
  now.current = { isChanged, areas };
  useEffect(
    () => () => {
      if (!now.current.isChanged) return;
      saveAreas(id, now.current.areas)
        .then(() => notify(`The areas of ${name} were kept.`))
        .catch(notifyProblem);
    },
    [id, name],
  );
}
