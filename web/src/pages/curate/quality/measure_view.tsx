/** One measure: its histogram, the threshold, and pictures just beyond it and just before it. */

import { Button, Group, NumberInput, Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import {
  fetchBeyond,
  fetchPreview,
  type Measure,
  type Preview,
  selectBeyond,
  useHistogram,
} from "../../../api/measures.ts";
import { formatCount } from "../../../ui/format.ts";
import { leaveOut } from "../../../ui/leave_out.ts";
import { notify, notifyProblem } from "../../../ui/notices.tsx";
import { Loaded } from "../../../ui/parts.tsx";
import { Thumb } from "../../../ui/thumb.tsx";
import { formatValue, Histogram } from "./histogram.tsx";

const SHOWN = 12;
const SETTLED_MS = 120;

export function MeasureView({ measure }: { measure: Measure }) {
  const usual = useQuery({
    queryKey: ["measures", measure.key, "begin"],
    queryFn: async () => (await fetchPreview(measure, null, 1)).threshold,
  });
  return (
    <section aria-label={measure.title}>
      <Title order={2}>{measure.title}</Title>
      <Text size="sm" c="dimmed" maw="44rem" mb="md">
        {measure.text}
      </Text>
      <Loaded query={usual} what="Loading values …">
        {(threshold) => <Threshold measure={measure} usual={threshold} />}
      </Loaded>
    </section>
  );
}

function Threshold({ measure, usual }: { measure: Measure; usual: number }) {
  const { key, title, worse, unit } = measure;
  const queries = useQueryClient();
  const [threshold, setThreshold] = useState(usual);
  const [settled] = useDebouncedValue(threshold, SETTLED_MS);
  const histogram = useHistogram(key);
  const preview = useQuery({
    queryKey: ["measures", key, "preview", settled],
    queryFn: () => fetchPreview(measure, settled, SHOWN),
    placeholderData: keepPreviousData,
  }).data;
  const side = worse === "high" ? "at least" : "at most";
  const withUnit = (value: number): string =>
    `${formatValue(value)}${unit === "°" ? "°" : unit ? ` ${unit}` : ""}`;
  const n = preview?.n_beyond ?? 0;
  const select = async (): Promise<void> => {
    try {
      const made = await selectBeyond(key, threshold);
      await queries.invalidateQueries({ queryKey: ["selections"] });
      notify(`Selection “${made.name}” holds ${formatCount(made.n_windows)} images: ${made.reason}.`);
    } catch (error) {
      notifyProblem(error);
    }
  };
  const remove = async (): Promise<void> => {
    try {
      await leaveOut(await fetchBeyond(key, threshold), queries);
    } catch (error) {
      notifyProblem(error);
    }
  };
  return (
    <>
      <Loaded query={histogram} what="Counting values …">
        {(bins) => (
          <Histogram
            title={title}
            bins={bins}
            worse={worse}
            threshold={threshold}
            shown={`${side} ${withUnit(threshold)}`}
            onChange={setThreshold}
          />
        )}
      </Loaded>
      <Group justify="space-between" mt="sm" align="flex-end" maw="52rem">
        <Group gap="md" align="flex-end">
          <NumberInput
            size="xs"
            w="10rem"
            label={`${measure.selection}: ${side}`}
            value={Number(threshold.toPrecision(4))}
            step={threshold === 0 ? 0.01 : Number((Math.abs(threshold) / 20).toPrecision(1))}
            {...(unit === "°" && { suffix: "°" })}
            onChange={(value) => typeof value === "number" && setThreshold(value)}
          />
          <Text size="sm" role="status" pb={4}>
            {formatCount(n)} of {formatCount(measure.n_images)} images
          </Text>
        </Group>
        <Group gap="xs">
          <Button size="sm" variant="default" disabled={n === 0} onClick={remove}>
            Leave out
          </Button>
          <Button size="sm" disabled={n === 0} onClick={select}>
            Make a selection
          </Button>
        </Group>
      </Group>
      <Side name="Beyond the threshold" images={preview?.beyond ?? []} shown={withUnit}>
        No image is beyond it.
      </Side>
      <Side name="Before the threshold" images={preview?.before ?? []} shown={withUnit}>
        Every image is beyond it.
      </Side>
    </>
  );
}

function Side({
  name,
  images,
  shown,
  children,
}: {
  name: string;
  images: Preview["beyond"];
  shown: (value: number) => string;
  children: string;
}) {
  return (
    <section aria-label={name} className="ts-quality-side">
      <Text size="sm" fw={600} mb={6}>
        {name}{" "}
        <Text span size="xs" c="dimmed">
          the nearest first
        </Text>
      </Text>
      {images.length === 0 ? (
        <Text size="sm" c="dimmed">
          {children}
        </Text>
      ) : (
        <ul className="ts-thumbs">
          {images.map((image) => (
            <Thumb key={image.id} image={image} note={shown(image.value)} />
          ))}
        </ul>
      )}
    </section>
  );
}
