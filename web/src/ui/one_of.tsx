/** Choosing one of a few things that are all on screen. */

import { SegmentedControl } from "@mantine/core";

export function OneOf<T extends string>({
  label,
  options,
  value,
  onChange,
  isWide = false,
  size = "xs",
}: {
  label: string;
  /** Value → what is shown, in order. */
  options: Readonly<Partial<Record<T, string>>>;
  value: T;
  onChange: (value: T) => void;
  isWide?: boolean;
  size?: "xs" | "sm";
}) {
  return (
    <SegmentedControl
      size={size}
      fullWidth={isWide}
      aria-label={label}
      data={Object.entries<string | undefined>(options).map(([each, shown]) => ({
        value: each,
        label: shown ?? each,
      }))}
      value={value}
      onChange={(chosen) => onChange(chosen as T)}
    />
  );
}
