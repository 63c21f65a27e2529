/** A new class. */

import { Button, Checkbox, ColorInput, Group, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Change, Taxonomy } from "../../api/taxonomies.ts";

export function AddClass({ taxonomy, onAdd }: { taxonomy: Taxonomy; onAdd: (change: Change) => void }) {
  const [name, setName] = useState("");
  const [color, setColor] = useState("#7a5fb0");
  const [isThing, setIsThing] = useState(false);
  const isTaken = taxonomy.classes.some((c) => c.name.toLowerCase() === name.trim().toLowerCase());
  const isReady = name.trim() !== "" && !isTaken && /^#[0-9a-f]{6}$/i.test(color);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) onAdd({ kind: "add-class", name: name.trim(), color, is_thing: isThing });
      }}
    >
      <Stack gap="sm">
        <TextInput
          label="Name"
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={isTaken ? "There is a class of this name already." : null}
        />
        <ColorInput label="Colour" value={color} onChange={setColor} withEyeDropper={false} />
        <Checkbox
          label="A thing: its objects can be counted"
          checked={isThing}
          onChange={(event) => setIsThing(event.currentTarget.checked)}
        />
        <Group justify="flex-end">
          <Button type="submit" disabled={!isReady}>
            Add
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
