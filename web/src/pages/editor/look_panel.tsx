/** How labels and picture are shown, and what they are compared with. */

import { Button, Checkbox, Group, Select, Slider, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, must, type Schema } from "../../api/client.ts";
import { fetchPredictionPlanes, fetchRevisionPlanes } from "../../api/labels.ts";
import type { CanvasEngine } from "../../canvas/engine.ts";
import { formatAgo } from "../../ui/format.ts";
import { OneOf } from "../../ui/one_of.tsx";
import { useBands } from "./bands.ts";
import { setLook, useChoice } from "./choice.ts";

const BLINK_MS = 700;

export function LookPanel() {
  const look = useChoice((choice) => choice.look);
  return (
    <Stack gap="xs">
      <OneOf
        label="View of the labels"
        options={{ semantic: "Semantic", instance: "Instance", panoptic: "Panoptic" }}
        value={look.view}
        onChange={(view) => setLook({ view })}
        isWide
      />
      <OneOf
        label="How areas are drawn"
        options={{ fill: "Fill", outline: "Outline", pattern: "Pattern" }}
        value={look.fill}
        onChange={(fill) => setLook({ fill })}
        isWide
      />
      <Level
        label="Labels"
        min={0}
        max={1}
        value={look.opacity}
        usual={0.5}
        onChange={(opacity) => setLook({ opacity })}
      />
      <Checkbox
        size="xs"
        label="Mark what is not labelled"
        checked={look.showUnlabelled}
        onChange={(event) => setLook({ showUnlabelled: event.currentTarget.checked })}
      />
      <Text size="xs" c="dimmed">
        Hold Tab to see the picture alone.
      </Text>
    </Stack>
  );
}

export function PicturePanel({ image }: { image: Schema["ImageOut"] }) {
  const look = useChoice((choice) => choice.look);
  const isChanged = look.brightness !== 0 || look.contrast !== 1 || look.gamma !== 1;
  return (
    <Stack gap="xs">
      <Level
        label="Brightness"
        min={-0.5}
        max={0.5}
        value={look.brightness}
        usual={0}
        onChange={(brightness) => setLook({ brightness })}
      />
      <Level
        label="Contrast"
        min={0.2}
        max={3}
        value={look.contrast}
        usual={1}
        onChange={(contrast) => setLook({ contrast })}
      />
      <Level
        label="Gamma"
        min={0.3}
        max={3}
        value={look.gamma}
        usual={1}
        onChange={(gamma) => setLook({ gamma })}
      />
      {image.bands.length > 3 && <Bands bands={image.bands} />}
      {isChanged && (
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          onClick={() => setLook({ brightness: 0, contrast: 1, gamma: 1 })}
        >
          As it was
        </Button>
      )}
    </Stack>
  );
}

function Bands({ bands }: { bands: readonly string[] }) {
  const choice = useBands();
  const hasNdvi =
    bands.includes("red") &&
    bands.some((band) => ["nir", "near-infrared", "infrared", "nir08"].includes(band));
  const usual =
    bands.includes("red") && bands.includes("green") && bands.includes("blue")
      ? ["red", "green", "blue"]
      : bands.slice(0, 3);
  const shown = choice.bands.length === 3 ? choice.bands : usual;
  const set = (place: number, band: string | null): void => {
    if (band === null) return;
    useBands.setState({ bands: shown.map((old, k) => (k === place ? band : old)), index: "" });
  };
  return (
    <>
      <Group gap={4} grow>
        {["Red", "Green", "Blue"].map((name, k) => (
          <Select
            key={name}
            size="xs"
            label={name}
            data={[...bands]}
            value={shown[k] ?? null}
            onChange={(band) => set(k, band)}
            allowDeselect={false}
          />
        ))}
      </Group>
      {hasNdvi && (
        <Checkbox
          size="xs"
          label="NDVI (vegetation)"
          checked={choice.index === "ndvi"}
          onChange={(event) => useBands.setState({ index: event.currentTarget.checked ? "ndvi" : "" })}
        />
      )}
    </>
  );
}

function Level({
  label,
  min,
  max,
  value,
  usual,
  onChange,
}: {
  label: string;
  min: number;
  max: number;
  value: number;
  usual: number;
  onChange: (value: number) => void;
}) {
  return (
    <Group gap="xs" wrap="nowrap">
      <Text size="xs" w={68} style={{ flex: "none" }}>
        {label}
      </Text>
      <Slider
        style={{ flex: 1 }}
        size="sm"
        thumbLabel={label}
        min={min}
        max={max}
        step={0.01}
        label={(shown) => shown.toFixed(2)}
        value={value}
        onChange={onChange}
        onDoubleClick={() => onChange(usual)}
      />
    </Group>
  );
}

export function ComparePanel({
  engine,
  imageId,
  annotationId,
  revisions,
}: {
  engine: CanvasEngine;
  imageId: string;
  annotationId: string;
  revisions: readonly Schema["RevisionOut"][];
}) {
  const [other, setOther] = useState<string | null>(null);
  const compare = useChoice((choice) => choice.look.compare);
  const predictions = useQuery({
    queryKey: ["predictions", imageId],
    queryFn: async () =>
      must(await api.GET("/v1/images/{image_id}/predictions", { params: { path: { image_id: imageId } } })),
  });
  useEffect(() => {
    const [kind, id] = other?.split(":") ?? [];
    if (kind === undefined || id === undefined) engine.setOther(null);
    else if (kind === "model") engine.setOther(fetchPredictionPlanes(imageId, id));
    else engine.setOther(fetchRevisionPlanes(annotationId, Number(id)));
    setLook({ compare: other === null ? "off" : "split" });
    return () => setLook({ compare: "off" });
  }, [engine, imageId, annotationId, other]);
  useEffect(() => {
    if (compare !== "blink") return;
    const timer = setInterval(() => setLook({ blinkOther: !useChoice.getState().look.blinkOther }), BLINK_MS);
    return () => clearInterval(timer);
  }, [compare]);
  const models = (predictions.data ?? []).map((p) => ({ value: `model:${p.model_id}`, label: p.model }));
  const earlier = revisions
    .filter((r) => r.number > 0)
    .slice(0, 50)
    .map((r) => ({
      value: `revision:${r.number}`,
      label: `${r.number}: ${r.author ?? r.kind}, ${formatAgo(r.created_at)}`,
    }));
  return (
    <Stack gap="xs">
      <Select
        size="xs"
        aria-label="Compare with"
        placeholder="A prediction, or an earlier revision"
        data={[
          { group: "Predictions", items: models },
          { group: "Earlier revisions", items: earlier },
        ]}
        value={other}
        onChange={setOther}
        clearable
        nothingFoundMessage="Nothing to compare with yet"
      />
      {other !== null && (
        <OneOf
          label="How to compare"
          options={{ split: "Split", blink: "Blink", difference: "Difference" }}
          value={compare}
          onChange={(mode) => setLook({ compare: mode })}
          isWide
        />
      )}
    </Stack>
  );
}
