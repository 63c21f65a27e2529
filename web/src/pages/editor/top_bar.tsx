/** The bar above the canvas: which image, whether it is saved, its state, and where to go next. */

import { ActionIcon, Avatar, Button, Group, Kbd, Menu, Text, Tooltip } from "@mantine/core";
import { Link } from "wouter";
import { shownKeys } from "../../actions/action.ts";
import { usePerson } from "../../api/person.ts";
import type { CanvasEngine } from "../../canvas/engine.ts";
import { openHelp } from "../../ui/command_palette.tsx";
import { Icon, type IconName } from "../../ui/icons.tsx";
import { notifyProblem } from "../../ui/notices.tsx";
import type { AnnotationState, Flow } from "./flow.ts";
import { askPerson } from "./person.tsx";
import { Saved } from "./saved.tsx";
import { useStatus } from "./status.ts";
import type { Opened } from "./use_engine.ts";

const NEXT_STATES: Readonly<Record<AnnotationState, readonly AnnotationState[]>> = {
  draft: ["submitted"],
  submitted: ["accepted", "returned", "draft"],
  returned: ["submitted", "draft"],
  accepted: ["returned", "draft"],
};

const VERBS: Readonly<Record<AnnotationState, string>> = {
  draft: "Take back to draft",
  submitted: "Submit",
  accepted: "Accept",
  returned: "Return to the annotator",
};

export function TopBar({ engine, opened, flow }: { engine: CanvasEngine; opened: Opened; flow: Flow }) {
  const person = usePerson((store) => store.person);
  const undo = useStatus((status) => status.undo);
  const redo = useStatus((status) => status.redo);
  const { doors, neighbours, state } = flow;
  return (
    <section className="ts-top" aria-label="This image">
      <Tooltip label="Back to the images">
        <ActionIcon
          component={Link}
          href="/images"
          variant="subtle"
          color="gray"
          aria-label="Back to the images"
        >
          <Icon name="left" />
        </ActionIcon>
      </Tooltip>
      <Text size="sm" fw={600} truncate title={opened.image.name}>
        {opened.image.name}
      </Text>
      <Group gap={2} wrap="nowrap">
        <IconButton
          icon="up"
          label="Previous image in the list"
          keys="PageUp"
          onClick={doors.previous}
          isOff={!neighbours?.before}
        />
        <IconButton
          icon="down"
          label="Next image in the list"
          keys="PageDown"
          onClick={doors.next}
          isOff={!neighbours?.after}
        />
      </Group>
      <Group gap={2} wrap="nowrap">
        <IconButton
          icon="undo"
          label={undo === null ? "Nothing to undo" : `Undo: ${undo.toLowerCase()}`}
          keys="KeyZ"
          onClick={() => engine.swap("undo").catch(notifyProblem)}
          isOff={undo === null}
        />
        <IconButton
          icon="redo"
          label={redo === null ? "Nothing to redo" : `Redo: ${redo.toLowerCase()}`}
          keys="Shift+KeyZ"
          onClick={() => engine.swap("redo").catch(notifyProblem)}
          isOff={redo === null}
        />
      </Group>
      <Saved engine={engine} />
      <div style={{ flex: 1 }} />
      <Menu position="bottom-end">
        <Menu.Target>
          <Button
            size="compact-sm"
            variant="default"
            rightSection={<Icon name="down" size={14} />}
            tt="capitalize"
          >
            {state}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {NEXT_STATES[state].map((next) => (
            <Menu.Item key={next} onClick={() => flow.setState(next)}>
              {VERBS[next]}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item onClick={doors.copyPrevious}>Copy labels from the previous image</Menu.Item>
          <Menu.Item onClick={doors.takePrediction}>Start from a prediction …</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Tooltip label={<Kbd size="xs">{shownKeys("$mod+Enter")}</Kbd>}>
        <Button size="compact-sm" onClick={doors.submit}>
          Submit and next
        </Button>
      </Tooltip>
      <IconButton icon="help" label="All shortcuts" keys="Shift+?" onClick={openHelp} />
      {person && (
        <Tooltip label={`${person.name} (somebody else?)`}>
          <ActionIcon variant="transparent" aria-label={`${person.name}: somebody else?`} onClick={askPerson}>
            <Avatar size={24} radius="xl" name={person.name} color={person.color} variant="filled" alt="">
              {person.name.slice(0, 1).toUpperCase()}
            </Avatar>
          </ActionIcon>
        </Tooltip>
      )}
    </section>
  );
}

function IconButton({
  icon,
  label,
  keys,
  onClick,
  isOff = false,
}: {
  icon: IconName;
  label: string;
  keys?: string;
  onClick: () => void;
  isOff?: boolean;
}) {
  return (
    <Tooltip
      label={
        <>
          {label} {keys && <Kbd size="xs">{shownKeys(keys)}</Kbd>}
        </>
      }
    >
      <ActionIcon variant="subtle" color="gray" aria-label={label} onClick={onClick} disabled={isOff}>
        <Icon name={icon} />
      </ActionIcon>
    </Tooltip>
  );
}
