/** The classes as a table whose cells can be changed in place. */

import {
  ActionIcon,
  Button,
  Checkbox,
  ColorInput,
  Group,
  Select,
  Table,
  Text,
  TextInput,
  Tooltip,
  VisuallyHidden,
} from "@mantine/core";
import { useEffect, useState } from "react";
import type { Schema } from "../../api/client.ts";
import { activeClasses, type Change, type LabelClass } from "../../api/taxonomies.ts";
import { formatCount } from "../../ui/format.ts";
import { Icon } from "../../ui/icons.tsx";
import { Swatch } from "../../ui/parts.tsx";

const inImages = (n: number): string => `in ${formatCount(n)} ${n === 1 ? "image" : "images"}`;

export function ClassTable({
  data,
  onChange,
  onMerge,
}: {
  data: Schema["TaxonomyOut"];
  onChange: (change: Change) => void;
  onMerge: (from: LabelClass) => void;
}) {
  const { taxonomy, use } = data;
  const classes = activeClasses(taxonomy);
  const used = new Map(use.map((one) => [one.number, one]));
  const merged = taxonomy.classes.filter((c) => c.merged_into !== null);
  const move = (index: number, by: -1 | 1): void => {
    const numbers = classes.map((c) => c.number);
    const [moved] = numbers.splice(index, 1);
    numbers.splice(index + by, 0, moved as number);
    onChange({ kind: "reorder", numbers });
  };
  return (
    <Table.ScrollContainer minWidth={820}>
      <Table verticalSpacing={4} horizontalSpacing="xs" aria-label="Classes">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Order</Table.Th>
            <Table.Th ta="right">Number</Table.Th>
            <Table.Th>Name</Table.Th>
            <Table.Th>Colour</Table.Th>
            <Table.Th>Kind</Table.Th>
            <Table.Th>Parent</Table.Th>
            <Table.Th>Shortcut</Table.Th>
            <Table.Th>In the mean</Table.Th>
            <Table.Th ta="right">Labelled</Table.Th>
            <Table.Th>
              <VisuallyHidden>Actions</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {classes.map((c, index) => (
            <Table.Tr key={c.number}>
              <Table.Td>
                <Group gap={0} wrap="nowrap">
                  <Move
                    label={`Move ${c.name} up`}
                    icon="up"
                    isOff={index === 0}
                    onClick={() => move(index, -1)}
                  />
                  <Move
                    label={`Move ${c.name} down`}
                    icon="down"
                    isOff={index === classes.length - 1}
                    onClick={() => move(index, 1)}
                  />
                </Group>
              </Table.Td>
              <Table.Td ta="right">{c.number}</Table.Td>
              <Table.Td>
                <Editable
                  label={`Name of class ${c.number}`}
                  value={c.name}
                  width="11rem"
                  onDone={(name) => name && onChange({ kind: "change-class", number: c.number, name })}
                />
              </Table.Td>
              <Table.Td>
                <Color
                  value={c.color}
                  name={c.name}
                  onDone={(color) => onChange({ kind: "change-class", number: c.number, color })}
                />
              </Table.Td>
              <Table.Td>
                <Select
                  size="xs"
                  w="6rem"
                  aria-label={`Kind of ${c.name}`}
                  data={[
                    { value: "stuff", label: "Stuff" },
                    { value: "thing", label: "Thing" },
                  ]}
                  value={c.kind ?? "stuff"}
                  onChange={(kind) =>
                    onChange({ kind: "change-class", number: c.number, is_thing: kind === "thing" })
                  }
                  allowDeselect={false}
                />
              </Table.Td>
              <Table.Td>
                <Editable
                  label={`Parent of ${c.name}`}
                  value={c.parent ?? ""}
                  width="7rem"
                  onDone={(parent) => onChange({ kind: "change-class", number: c.number, parent })}
                />
              </Table.Td>
              <Table.Td>
                <Editable
                  label={`Shortcut for ${c.name}`}
                  value={c.shortcut ?? ""}
                  width="3rem"
                  maxLength={1}
                  onDone={(shortcut) => onChange({ kind: "change-class", number: c.number, shortcut })}
                />
              </Table.Td>
              <Table.Td>
                <Checkbox
                  size="xs"
                  aria-label={`${c.name} counts in the mean`}
                  checked={c.evaluated ?? true}
                  onChange={(event) =>
                    onChange({
                      kind: "change-class",
                      number: c.number,
                      evaluated: event.currentTarget.checked,
                    })
                  }
                />
              </Table.Td>
              <Table.Td ta="right">
                <Text size="xs" span style={{ whiteSpace: "nowrap" }}>
                  {used.has(c.number) ? `${formatCount(used.get(c.number)?.pixels ?? 0)} px` : "nothing yet"}
                  {used.has(c.number) && <br />}
                  {used.has(c.number) && inImages(used.get(c.number)?.annotations ?? 0)}
                </Text>
              </Table.Td>
              <Table.Td>
                <Button
                  size="compact-xs"
                  variant="subtle"
                  onClick={() => onMerge(c)}
                  disabled={classes.length < 2}
                >
                  Merge …
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
          {merged.map((c) => (
            <Table.Tr key={c.number} c="dimmed">
              <Table.Td />
              <Table.Td ta="right">{c.number}</Table.Td>
              <Table.Td>{c.name}</Table.Td>
              <Table.Td>
                <Swatch color={c.color} />
              </Table.Td>
              <Table.Td colSpan={6}>
                read as {classes.find((target) => target.number === c.merged_into)?.name ?? c.merged_into}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Move({
  label,
  icon,
  isOff,
  onClick,
}: {
  label: string;
  icon: "up" | "down";
  isOff: boolean;
  onClick: () => void;
}) {
  return (
    <Tooltip label={label} openDelay={600}>
      <ActionIcon
        size="sm"
        variant="subtle"
        color="gray"
        aria-label={label}
        disabled={isOff}
        onClick={onClick}
      >
        <Icon name={icon} size={14} />
      </ActionIcon>
    </Tooltip>
  );
}

/** A text that is changed in place: Enter or leaving it keeps it, Esc does not. */
function Editable({
  label,
  value,
  width,
  maxLength,
  onDone,
}: {
  label: string;
  value: string;
  width: string;
  maxLength?: number;
  onDone: (value: string) => void;
}) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const done = (): void => {
    if (text.trim() !== value) onDone(text.trim());
  };
  return (
    <TextInput
      size="xs"
      w={width}
      aria-label={label}
      value={text}
      {...(maxLength === undefined ? {} : { maxLength })}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={done}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
        if (event.key === "Escape") setText(value);
      }}
    />
  );
}

function Color({ value, name, onDone }: { value: string; name: string; onDone: (color: string) => void }) {
  const [color, setColor] = useState(value);
  useEffect(() => setColor(value), [value]);
  const isWhole = /^#[0-9a-f]{6}$/i.test(color);
  return (
    <ColorInput
      size="xs"
      w="7.5rem"
      aria-label={`Colour of ${name}`}
      value={color}
      onChange={setColor}
      onChangeEnd={(next) => /^#[0-9a-f]{6}$/i.test(next) && next !== value && onDone(next)}
      onBlur={() => isWhole && color !== value && onDone(color)}
      error={!isWhole}
      withEyeDropper={false}
    />
  );
}
