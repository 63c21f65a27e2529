/** The classes: which one is painted, how much of each there is, which are hidden or protected. */

import { ActionIcon, Kbd, Text, Tooltip, UnstyledButton } from "@mantine/core";
import { activeClasses, type LabelClass, shortcutOf, type Taxonomy } from "../../api/taxonomies.ts";
import { formatCount, formatShare } from "../../ui/format.ts";
import { Icon } from "../../ui/icons.tsx";
import { Coverage, Swatch } from "../../ui/parts.tsx";
import { setClass, toggleHidden, toggleProtected, toggleSolo, useChoice } from "./choice.ts";
import { useStatus } from "./status.ts";

interface Row {
  readonly number: number;
  readonly name: string;
  readonly color: string;
  readonly key: string | null;
  readonly isThing: boolean;
}

/** Rows of the list: the classes, then the two that every label map knows. */
function rowsOf(classes: readonly LabelClass[]): Row[] {
  const named = classes.map((c, index) => ({
    number: c.number,
    name: c.name,
    color: c.color,
    key: shortcutOf(classes, index),
    isThing: c.kind === "thing",
  }));
  return [
    ...named,
    { number: 65_535, name: "Ignore", color: "#464646", key: "0", isThing: false },
    { number: 0, name: "Unlabelled", color: "transparent", key: "U", isThing: false },
  ];
}

export function ClassList({ taxonomy, totalPx }: { taxonomy: Taxonomy; totalPx: number }) {
  const pixels = useStatus((status) => status.pixelsByClass);
  const merged = new Map<number, number>();
  for (const c of taxonomy.classes) {
    const target = c.merged_into ?? c.number;
    merged.set(target, (merged.get(target) ?? 0) + (pixels.get(c.number) ?? 0));
  }
  return (
    <div role="radiogroup" aria-label="Class to paint">
      {rowsOf(activeClasses(taxonomy)).map((row) => (
        <ClassRow
          key={row.number}
          row={row}
          pixels={merged.get(row.number) ?? pixels.get(row.number) ?? 0}
          totalPx={totalPx}
        />
      ))}
    </div>
  );
}

function ClassRow({ row, pixels, totalPx }: { row: Row; pixels: number; totalPx: number }) {
  const isChosen = useChoice((choice) => choice.classNumber === row.number);
  const isHidden = useChoice(({ look }) =>
    look.solo === null ? look.hidden.has(row.number) : look.solo !== row.number,
  );
  const isSolo = useChoice(({ look }) => look.solo === row.number);
  const isProtected = useChoice(({ locks }) => locks.protect.has(row.number));
  const share = pixels / Math.max(1, totalPx);
  return (
    <div className="ts-class" data-class={row.number} data-chosen={isChosen || undefined}>
      <UnstyledButton
        role="radio"
        aria-checked={isChosen}
        onClick={() => setClass(row.number)}
        className="ts-class-name"
        title={`${row.name}${row.isThing ? " (thing: can be counted)" : ""}, ${formatCount(pixels)} pixels`}
      >
        <Swatch color={row.color} />
        <Text span size="sm" truncate style={{ flex: 1, opacity: isHidden ? 0.5 : 1 }}>
          {row.name}
        </Text>
        <Text span size="xs" c="dimmed">
          {formatShare(share)}
        </Text>
        {row.key && <Kbd size="xs">{row.key.toUpperCase()}</Kbd>}
      </UnstyledButton>
      <Mark
        icon="solo"
        label={isSolo ? `Show all classes again` : `Show only ${row.name}`}
        isOn={isSolo}
        onClick={() => toggleSolo(row.number)}
      />
      <Mark
        icon={isHidden ? "hidden" : "eye"}
        label={isHidden ? `Show ${row.name}` : `Hide ${row.name}`}
        isOn={isHidden && !isSolo}
        onClick={() => toggleHidden(row.number)}
      />
      <Mark
        icon={isProtected ? "lock" : "open"}
        label={isProtected ? `Stop protecting ${row.name}` : `Protect ${row.name}: nothing paints over it`}
        isOn={isProtected}
        onClick={() => toggleProtected(row.number)}
      />
      <Coverage share={share} label={`${row.name}, share of the image`} />
    </div>
  );
}

function Mark({
  icon,
  label,
  isOn,
  onClick,
}: {
  icon: "solo" | "eye" | "hidden" | "lock" | "open";
  label: string;
  isOn: boolean;
  onClick: () => void;
}) {
  return (
    <Tooltip label={label} openDelay={500}>
      <ActionIcon
        size="sm"
        variant={isOn ? "light" : "subtle"}
        color={isOn ? "accent" : "gray"}
        aria-label={label}
        aria-pressed={isOn}
        onClick={onClick}
      >
        <Icon name={icon} size={15} />
      </ActionIcon>
    </Tooltip>
  );
}
