/** One class becomes part of another. */

import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Schema } from "../../api/client.ts";
import { activeClasses, type LabelClass } from "../../api/taxonomies.ts";
import { formatCount } from "../../ui/format.ts";

export function MergeClass({
  data,
  from,
  onMerge,
}: {
  data: Schema["TaxonomyOut"];
  from: LabelClass;
  onMerge: (into: number) => void;
}) {
  const [into, setInto] = useState<string | null>(null);
  const pixels = data.use.find((one) => one.number === from.number)?.pixels ?? 0;
  const others = activeClasses(data.taxonomy).filter((c) => c.number !== from.number);
  return (
    <Stack gap="sm">
      <Text size="sm">
        {pixels > 0
          ? `${formatCount(pixels)} pixels are labelled as ${from.name}. They stay as they are and are read as the other class from now on.`
          : `Nothing is labelled as ${from.name} yet.`}{" "}
        The class keeps its number and leaves the lists.
      </Text>
      <Select
        label={`Read ${from.name} as`}
        data={others.map((c) => ({ value: String(c.number), label: c.name }))}
        value={into}
        onChange={setInto}
        searchable
      />
      <Group justify="flex-end">
        <Button disabled={into === null} onClick={() => into && onMerge(Number(into))}>
          Merge
        </Button>
      </Group>
    </Stack>
  );
}
