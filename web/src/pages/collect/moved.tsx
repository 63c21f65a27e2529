/** A folder that is not where it was: its images are looked for where it lies now. */

import { Alert, Button, Group, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { findAgain, type Source } from "../../api/sources.ts";
import { type Chosen, FolderPicker } from "../../ui/folder_picker.tsx";
import { notifyProblem } from "../../ui/notices.tsx";

export function Moved({ source, isBusy }: { source: Source; isBusy: boolean }) {
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const queries = useQueryClient();
  const find = useMutation({
    mutationFn: async (place: Chosen) => {
      await findAgain(source.id, place.id);
      await queries.invalidateQueries({ queryKey: ["runs"] });
    },
    onError: notifyProblem,
  });
  return (
    <Alert color="orange" variant="light" title="There is nothing at this place any more">
      <Text size="sm" mb="sm">
        If it was moved or renamed, say where it lies now: its images are known by their content, and keep
        their labels.
      </Text>
      <Group align="flex-end" gap="sm">
        <FolderPicker
          label="Where it lies now"
          text="The folder itself, under its new name or at its new place."
          isRequired={false}
          chosen={chosen}
          onChoose={setChosen}
        />
        <Button
          size="sm"
          onClick={() => chosen && find.mutate(chosen)}
          loading={find.isPending}
          disabled={chosen === null || isBusy}
        >
          Find its images
        </Button>
      </Group>
    </Alert>
  );
}
