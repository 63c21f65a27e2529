/** Freezing images as a selection: its name, and why these. */

import { Button, Group, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, must, type Schema } from "../api/client.ts";
import { formatCount } from "./format.ts";
import { notify, notifyProblem } from "./notices.tsx";

export function NameSelection({
  ids,
  usualName = "",
  usualReason = "Chosen by hand",
  onDone,
}: {
  ids: readonly string[];
  usualName?: string;
  usualReason?: string;
  onDone: (selection: Schema["SelectionOut"]) => void;
}) {
  const [name, setName] = useState(usualName);
  const [reason, setReason] = useState(usualReason);
  const images = ids.length === 1 ? "image" : "images";
  const save = useMutation({
    mutationFn: async () =>
      must(await api.POST("/v1/selections", { body: { name, reason, image_ids: [...ids] } })),
    onSuccess: (made) => {
      notify(`Selection “${made.name}” holds ${formatCount(ids.length)} ${images}.`);
      onDone(made);
    },
    onError: notifyProblem,
  });
  return (
    <Stack gap="sm">
      <TextInput
        label="Name"
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <TextInput
        label="Reason"
        description="Why these: whoever meets the selection later will ask."
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <Group justify="flex-end">
        <Button onClick={() => save.mutate()} loading={save.isPending} disabled={name.trim() === ""}>
          Keep {formatCount(ids.length)} {images}
        </Button>
      </Group>
    </Stack>
  );
}
