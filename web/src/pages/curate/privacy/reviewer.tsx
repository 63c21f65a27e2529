/** One image to look over: its areas in the picture and in a list, before and after. */

import { Badge, Button, Checkbox, Group, Kbd, Text } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useMemo, useRef, useState } from "react";
import { Link } from "wouter";
import { shownKeys } from "../../../actions/action.ts";
import { useOffered } from "../../../actions/registry.ts";
import { answerAudit, bringBack, markReviewed, type Redaction, saveAreas } from "../../../api/redactions.ts";
import { notify, notifyProblem } from "../../../ui/notices.tsx";
import { OneOf } from "../../../ui/one_of.tsx";
import { InBasket } from "../../../ui/thumb.tsx";
import { AreaCanvas } from "./area_canvas.tsx";
import { type Area, middleBox, without } from "./areas.ts";
import { Original } from "./original.tsx";
import { Tiled } from "./tiled.tsx";
import { type View, viewOf, wholeView, zoomed } from "./view.ts";

type Look = "before" | "after";

const ZOOM = 1.5;
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
  const done = (): Promise<void> =>
    isAudit
      ? say(() => answerAudit(id, nNew), false)
      : say(async () => isChanged || (await markReviewed(id)), state === "proposed");
  const restore = (): Promise<void> =>
    say(async () => {
      await bringBack(id);
      notify(`${name} has its original back; its areas are kept, to be covered again.`);
    }, true);
  useKeptOnLeaving(id, name, isChanged, areas);

  const doors = useRef({ done, undo, add, areas, isEditable, chosen, view });
  doors.current = { done, undo, add, areas, isEditable, chosen, view };
  const actions = useMemo(() => {
    const group = "Areas";
    const isOpen = (): boolean => doors.current.isEditable;
    const turn = (by: number) => () => {
      const { areas: all, chosen: here } = doors.current;
      if (all.length === 0) return;
      const k = all.findIndex((area) => area.id === here);
      const next = all[(k + by + all.length) % all.length] as Area;
      setChosen(next.id);
      setView(viewOf(next, redaction));
    };
    const zoom = (factor: number) => () => {
      const { view: v } = doors.current;
      setView(zoomed(v, { x: v.x + v.width / 2, y: v.y + v.height / 2 }, factor, redaction));
    };
    return [
      {
        id: "review done",
        title: "Reviewed, to the next",
        group,
        keys: ["Enter"],
        run: () => void doors.current.done(),
        isEnabled: isOpen,
      },
      {
        id: "area add",
        title: "Add an area in the middle",
        group,
        keys: ["KeyA"],
        run: () => doors.current.add(middleBox(redaction)),
        isEnabled: isOpen,
      },
      {
        id: "area undo",
        title: "Undo",
        group,
        keys: ["KeyZ"],
        run: () => doors.current.undo(),
        isEnabled: isOpen,
      },
      { id: "area next", title: "Next area", group, keys: ["KeyN"], run: turn(1) },
      { id: "area before", title: "Area before", group, keys: ["Shift+KeyN"], run: turn(-1) },
      { id: "review look", title: "Before or after", group, keys: ["Space"], run: () => setLook(other) },
      { id: "zoom in", title: "Zoom in", group, keys: ["Equal"], run: zoom(1 / ZOOM) },
      { id: "zoom out", title: "Zoom out", group, keys: ["Minus"], run: zoom(ZOOM) },
      {
        id: "zoom fit",
        title: "The whole picture",
        group,
        keys: ["Digit0"],
        run: () => setView(wholeView(redaction)),
      },
      { id: "image next", title: "Next image", group, keys: ["ArrowDown", "KeyJ"], run: () => onMove(1) },
      { id: "image before", title: "Image before", group, keys: ["ArrowUp", "KeyK"], run: () => onMove(-1) },
    ];
  }, [redaction, onMove]);
  useOffered("areas", actions);

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
            {redaction.doubt > 0 && ` · doubt ${redaction.doubt.toFixed(2)}`}
            {redaction.n_uncovered > 0 && ` · ${redaction.n_uncovered} not covered yet`}
            {isAudit && redaction.missed !== null && ` · ${redaction.missed} missed, says the audit`}
          </Text>
        </div>
        <Group gap="xs" wrap="nowrap">
          {isChanged && (
            <Button variant="subtle" color="gray" onClick={undo}>
              Undo
            </Button>
          )}
          {state === "redacted" && !isChanged && !isAudit && (
            <Button variant="default" onClick={restore}>
              Bring the original back
            </Button>
          )}
          <Button onClick={done} rightSection={<Kbd size="xs">{shownKeys("Enter")}</Kbd>}>
            {!isAudit ? "Reviewed, next" : nNew === 0 ? "Nothing missed, next" : `${nNew} missed, next`}
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
          <Button size="compact-sm" variant="default" onClick={actions.find((a) => a.id === "zoom out")?.run}>
            −
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => setView(wholeView(redaction))}>
            Whole
          </Button>
          <Button size="compact-sm" variant="default" onClick={actions.find((a) => a.id === "zoom in")?.run}>
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
      <ul className="ts-area-list" aria-label="Areas">
        {areas.map((area) => (
          <li key={area.id} className="ts-area-row" data-chosen={area.id === chosen || undefined}>
            <button
              type="button"
              className="ts-area-crop"
              aria-label={`Show this ${area.kind}`}
              onClick={() => {
                setChosen(area.id);
                setView(viewOf(area, redaction));
              }}
            >
              <svg viewBox={cropOf(area, redaction)} aria-hidden="true">
                <Tiled image={shows} view={viewOf(area, redaction)} screenPx={160} />
              </svg>
            </button>
            <div>
              <Checkbox
                size="xs"
                label={KINDS[area.kind] ?? area.kind}
                checked={area.keep}
                disabled={!isEditable}
                onChange={(event) =>
                  change(
                    areas.map((one) =>
                      one.id === area.id ? { ...one, keep: event.currentTarget.checked } : one,
                    ),
                  )
                }
              />
              <Text size="xs" c="dimmed">
                {area.score === null ? area.by || "drawn by hand" : `${area.by}, ${area.score.toFixed(2)}`}
              </Text>
            </div>
            {isEditable && area.kind === "added" && (
              <Button
                size="compact-xs"
                variant="subtle"
                color="gray"
                onClick={() => change(without(areas, area.id))}
              >
                Take away
              </Button>
            )}
          </li>
        ))}
      </ul>
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

const KINDS: Readonly<Record<string, string>> = {
  face: "Face",
  plate: "Number plate",
  head: "Head",
  vehicle: "Vehicle front",
  added: "Drawn by hand",
};

const other = (look: Look): Look => (look === "before" ? "after" : "before");

function cropOf(area: Area, frame: { width: number; height: number }): string {
  const { x, y, width, height } = viewOf(area, frame);
  return `${x} ${y} ${width} ${height}`;
}

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
