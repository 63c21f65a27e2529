/** A folder that is not where it was: its images are looked for where it lies now. */

import { Alert, Button, Group } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { findAgain, type Source } from "../../api/sources.ts";
import { type Chosen, FolderPicker } from "../../ui/folder_picker.tsx";
import { notifyProblem } from "../../ui/notices.tsx";

export function Moved({ source, isBusy }: { source: Source; isBusy: boolean }) {
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [isStarting, setIsStarting] = useState(false);
  const queries = useQueryClient();
  const find = async (): Promise<void> => {
    if (chosen === null) return;
    setIsStarting(true);
    try {
      await findAgain(source.id, chosen.id);
      await queries.invalidateQueries({ queryKey: ["runs"] });
    } catch (error) {
      notifyProblem(error);
    } finally {
      setIsStarting(false);
    }
  };
  return (
    <Alert color="orange" variant="light" title="There is nothing at this place any more">
      <Group align="flex-end" gap="sm">
        <FolderPicker
          label="Where it lies now"
          text="Its images are known by their content. Labels and everything else stay as they are."
          isRequired={false}
          chosen={chosen}
          onChoose={setChosen}
        />
        <Button size="sm" onClick={find} loading={isStarting} disabled={chosen === null || isBusy}>
          Find its images
        </Button>
      </Group>
    </Alert>
  );
}
