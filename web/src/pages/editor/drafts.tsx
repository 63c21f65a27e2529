/** Starting from a prediction: all of it, some classes, only what is on screen, only what is sure. */

import { Button, Checkbox, Group, Modal, Select, Slider, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, must } from "../../api/client.ts";
import { activeClasses, type Taxonomy } from "../../api/taxonomies.ts";
import type { CanvasEngine } from "../../canvas/engine.ts";
import { visible } from "../../canvas/space.ts";
import { notifyProblem } from "../../ui/notices.tsx";
import { OneOf } from "../../ui/one_of.tsx";
import { Loaded, Swatch } from "../../ui/parts.tsx";

export function DraftsDialog({
  engine,
  imageId,
  taxonomy,
  onClose,
}: {
  engine: CanvasEngine;
  imageId: string;
  taxonomy: Taxonomy;
  onClose: () => void;
}) {
  const predictions = useQuery({
    queryKey: ["predictions", imageId],
    queryFn: async () =>
      must(await api.GET("/v1/images/{image_id}/predictions", { params: { path: { image_id: imageId } } })),
  });
  return (
    <Modal opened onClose={onClose} title="Start from a prediction">
      <Loaded query={predictions} what="Looking for predictions …">
        {(found) => {
          const usable = found.filter((p) => p.taxonomy === taxonomy.name);
          if (usable.length === 0) {
            return (
              <Text size="sm">
                No model has predicted this image in the taxonomy {taxonomy.title || taxonomy.name} yet. Train
                a model and run predict, then come back.
              </Text>
            );
          }
          const models = usable.map((p) => ({ value: p.model_id, label: p.model }));
          return <Choices engine={engine} taxonomy={taxonomy} models={models} onClose={onClose} />;
        }}
      </Loaded>
    </Modal>
  );
}

function Choices({
  engine,
  taxonomy,
  models,
  onClose,
}: {
  engine: CanvasEngine;
  taxonomy: Taxonomy;
  models: readonly { value: string; label: string }[];
  onClose: () => void;
}) {
  const classes = activeClasses(taxonomy);
  const [model, setModel] = useState(models[0]?.value ?? "");
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set(classes.map((c) => c.number)));
  const [confidence, setConfidence] = useState(0);
  const [where, setWhere] = useState("image");
  const [over, setOver] = useState("unlabelled");
  const take = useMutation({
    mutationFn: async () => {
      const { camera, size } = engine.viewport;
      const shown = visible(camera, size.width, size.height, engine.document.bounds);
      await engine.steps.doOnServer("Take prediction", {
        kind: "take-prediction",
        model,
        classes: chosen.size === classes.length ? null : [...chosen],
        min_confidence: confidence,
        region: where === "image" ? null : [shown.x0, shown.y0, shown.x1 - shown.x0, shown.y1 - shown.y0],
        over: over as "unlabelled" | "everything",
        locks: engine.hands.locksForServer,
      });
    },
    onSuccess: onClose,
    onError: notifyProblem,
  });
  const toggle = (number: number): void => {
    const next = new Set(chosen);
    if (!next.delete(number)) next.add(number);
    setChosen(next);
  };
  return (
    <Stack gap="md">
      <Select
        label="Model"
        data={[...models]}
        value={model}
        onChange={(value) => value && setModel(value)}
        allowDeselect={false}
      />
      <div>
        <Text size="sm" fw={500}>
          Only where the model is at least this sure: {Math.round(confidence * 100)}
          {"\u202f"}%
        </Text>
        <Slider
          thumbLabel="Least confidence"
          min={0}
          max={1}
          step={0.01}
          label={null}
          value={confidence}
          onChange={setConfidence}
        />
      </div>
      <OneOf
        size="sm"
        label="Where"
        options={{ image: "Whole image", screen: "What is on screen" }}
        value={where}
        onChange={setWhere}
      />
      <OneOf
        size="sm"
        label="Over what"
        options={{ unlabelled: "Where nothing is labelled", everything: "Over everything" }}
        value={over}
        onChange={setOver}
      />
      <div>
        <Group justify="space-between">
          <Text size="sm" fw={500}>
            Classes
          </Text>
          <Button
            size="compact-xs"
            variant="subtle"
            onClick={() => setChosen(chosen.size === 0 ? new Set(classes.map((c) => c.number)) : new Set())}
          >
            {chosen.size === 0 ? "All" : "None"}
          </Button>
        </Group>
        <div style={{ columns: 2, marginTop: 4 }}>
          {classes.map((c) => (
            <Checkbox
              key={c.number}
              size="xs"
              mb={4}
              checked={chosen.has(c.number)}
              onChange={() => toggle(c.number)}
              label={
                <span style={{ display: "inline-flex", gap: 6, alignItems: "center" }}>
                  <Swatch color={c.color} /> {c.name}
                </span>
              }
            />
          ))}
        </div>
      </div>
      <Text size="xs" c="dimmed">
        It becomes one step that can be undone. The history keeps apart what the model proposed and what you
        change.
      </Text>
      <Group justify="flex-end">
        <Button onClick={() => take.mutate()} loading={take.isPending} disabled={chosen.size === 0}>
          Take as labels
        </Button>
      </Group>
    </Stack>
  );
}
