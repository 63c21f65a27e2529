/** The tools at the left edge, and the options of the one in hand above the canvas. */

import {
  Checkbox,
  Group,
  Kbd,
  NumberInput,
  Select,
  Slider,
  Switch,
  Text,
  Tooltip,
  UnstyledButton,
} from "@mantine/core";
import { shownKeys } from "../../actions/action.ts";
import { activeClasses, type Taxonomy } from "../../api/taxonomies.ts";
import type { ToolId } from "../../canvas/tools/tool.ts";
import { Icon, type IconName } from "../../ui/icons.tsx";
import { OneOf } from "../../ui/one_of.tsx";
import { TOOL_NAMES } from "./actions/index.ts";
import { MAX_RADIUS, MIN_RADIUS, setOnly, setSettings, setTool, useChoice } from "./choice.ts";

const ICONS: Readonly<Record<ToolId, IconName>> = {
  pan: "pan",
  brush: "brush",
  eraser: "eraser",
  polygon: "polygon",
  rectangle: "rectangle",
  fill: "fill",
  superpixel: "superpixel",
  pick: "pick",
};

export function ToolRail() {
  const tool = useChoice((choice) => choice.tool);
  return (
    <aside className="ts-tools" aria-label="Tools">
      <div role="toolbar" aria-label="Tools" aria-orientation="vertical">
        {(Object.keys(TOOL_NAMES) as ToolId[]).map((id) => (
          <Tooltip
            key={id}
            position="right"
            label={
              <>
                {TOOL_NAMES[id].title} <Kbd size="xs">{shownKeys(TOOL_NAMES[id].key)}</Kbd>
              </>
            }
          >
            <UnstyledButton className="ts-tool" aria-pressed={tool === id} onClick={() => setTool(id)}>
              <Icon name={ICONS[id]} size={20} />
              <span>{TOOL_NAMES[id].title}</span>
            </UnstyledButton>
          </Tooltip>
        ))}
      </div>
    </aside>
  );
}

export function ToolOptions({ taxonomy }: { taxonomy: Taxonomy }) {
  const tool = useChoice((choice) => choice.tool);
  const settings = useChoice((choice) => choice.settings);
  const paintsObjects = useChoice((choice) => choice.paintsObjects);
  const only = useChoice((choice) => choice.locks.only);
  const isBrush = tool === "brush" || tool === "eraser";
  const isShape = tool === "polygon" || tool === "rectangle";
  const paints = tool !== "pan" && tool !== "pick";
  return (
    <Group gap="md" px="sm" className="ts-options" aria-label="Options of the tool" role="group">
      {isBrush && <BrushOptions />}
      {isShape && (
        <OneOf
          label="Add or take away"
          options={{ add: "Add", subtract: "Take away" }}
          value={settings.isSubtracting ? "subtract" : "add"}
          onChange={(value) => setSettings({ isSubtracting: value === "subtract" })}
        />
      )}
      {tool === "polygon" && (
        <Checkbox
          size="xs"
          label="Snap to borders"
          checked={settings.snaps}
          onChange={(event) => setSettings({ snaps: event.currentTarget.checked })}
        />
      )}
      {tool === "fill" && (
        <OneOf
          label="What is filled"
          options={{ near: "What hangs together", all: "Everything alike" }}
          value={settings.isContiguous ? "near" : "all"}
          onChange={(value) => setSettings({ isContiguous: value === "near" })}
        />
      )}
      {tool === "superpixel" && (
        <OneOf
          label="Size of superpixels"
          options={{ small: "Small", medium: "Medium", large: "Large" }}
          value={settings.superpixelSize}
          onChange={(value) => setSettings({ superpixelSize: value })}
        />
      )}
      {paints && (
        <Switch
          size="xs"
          label="Objects"
          checked={paintsObjects}
          onChange={(event) => useChoice.setState({ paintsObjects: event.currentTarget.checked })}
        />
      )}
      {paints && (
        <Select
          size="xs"
          w="13rem"
          aria-label="Paint only over"
          placeholder="Paint over anything"
          clearable
          data={[
            { value: "0", label: "Only over unlabelled" },
            ...activeClasses(taxonomy).map((c) => ({
              value: String(c.number),
              label: `Only over ${c.name}`,
            })),
            { value: "65535", label: "Only over ignore" },
          ]}
          value={only === null ? null : String([...only][0])}
          onChange={(value) => setOnly(value === null ? null : new Set([Number(value)]))}
        />
      )}
      {!paints && (
        <Text size="xs" c="dimmed">
          {tool === "pan"
            ? "Drag to move the picture; the wheel zooms."
            : "Click to choose the class under the pointer."}
        </Text>
      )}
    </Group>
  );
}

function BrushOptions() {
  const { radiusPx, shape, usesPressure } = useChoice((choice) => choice.settings);
  // A slider in powers: as much travel from 1 to 10 as from 10 to 100.
  const fromRadius = (radius: number): number => Math.log2(radius / MIN_RADIUS);
  return (
    <>
      <Group gap={6} wrap="nowrap">
        <Text size="xs" component="label" htmlFor="brush-radius">
          Radius
        </Text>
        <Slider
          w={110}
          size="sm"
          aria-label="Brush radius"
          thumbLabel="Brush radius"
          min={0}
          max={fromRadius(MAX_RADIUS)}
          step={0.05}
          label={null}
          value={fromRadius(radiusPx)}
          onChange={(value) => {
            const radius = MIN_RADIUS * 2 ** value;
            setSettings({ radiusPx: radius < 4 ? Math.round(radius * 4) / 4 : Math.round(radius) });
          }}
        />
        <NumberInput
          id="brush-radius"
          size="xs"
          w={72}
          suffix=" px"
          hideControls
          min={MIN_RADIUS}
          max={MAX_RADIUS}
          value={radiusPx}
          onChange={(value) =>
            typeof value === "number" &&
            value > 0 &&
            setSettings({ radiusPx: Math.min(MAX_RADIUS, Math.max(MIN_RADIUS, value)) })
          }
        />
      </Group>
      <OneOf
        label="Shape of the brush"
        options={{ circle: "Round", square: "Square" }}
        value={shape}
        onChange={(value) => setSettings({ shape: value })}
      />
      <Checkbox
        size="xs"
        label="Pen pressure"
        checked={usesPressure}
        onChange={(event) => setSettings({ usesPressure: event.currentTarget.checked })}
      />
    </>
  );
}
