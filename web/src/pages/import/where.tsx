/** Step 1: where the dataset lies. It is chosen on this computer, or dropped on the page and sent. */

import { Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useFormats } from "../../api/lists.ts";
import { type Answers, startRun } from "../../api/runs.ts";
import { type Dropped, filesIn } from "../../api/uploads.ts";
import { type Chosen, FolderPicker } from "../../ui/folder_picker.tsx";
import { Icon } from "../../ui/icons.tsx";
import { notifyProblem } from "../../ui/notices.tsx";
import { usePlace } from "./address.ts";
import { SendingPanel, sendFiles, takeSent, useSending } from "./sending.tsx";

export function Where() {
  const [, goTo] = usePlace();
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [images, setImages] = useState<Chosen | null>(null);
  const [masks, setMasks] = useState<Chosen | null>(null);
  const [isApart, setIsApart] = useState(false);
  const { mutate: look, isPending: isStarting } = useMutation({
    mutationFn: (answers: Answers) => startRun("import", { ...answers, look: true }),
    onSuccess: (run) => goTo({ look: run.id }),
    onError: notifyProblem,
  });
  const sent = useSending((store) => store.entry);
  useEffect(() => {
    if (sent !== null && takeSent()) look({ path: sent.id, copy_images: true });
  }, [sent, look]);
  return (
    <>
      <div className="ts-where">
        <section aria-label="On this computer">
          <FolderPicker
            label="A dataset on this computer"
            text="A folder, an archive, or the one file that holds the labels. Images stay where they lie."
            isRequired={false}
            chosen={chosen}
            onChoose={setChosen}
          />
          {isApart ? (
            <Stack gap="md" mt="md">
              <FolderPicker
                label="Folder of images"
                text="If they lie elsewhere than the labels."
                isRequired={false}
                chosen={images}
                onChoose={setImages}
              />
              <FolderPicker
                label="Folder of masks"
                text="Masks that have the images' names."
                isRequired={false}
                chosen={masks}
                onChoose={setMasks}
              />
            </Stack>
          ) : (
            <div>
              <Anchor component="button" type="button" size="xs" mt={6} onClick={() => setIsApart(true)}>
                Images and labels lie apart
              </Anchor>
            </div>
          )}
          <Group mt="lg">
            <Button
              disabled={chosen === null}
              loading={isStarting}
              onClick={() => look({ path: chosen?.id, images: images?.id ?? null, masks: masks?.id ?? null })}
            >
              Look at it
            </Button>
            {chosen === null && (
              <Text size="sm" c="dimmed">
                Choose where it lies first.
              </Text>
            )}
          </Group>
        </section>
        <DropZone />
      </div>
      <Recognised />
    </>
  );
}

/** Dropping is the first way here, the two buttons are for the keyboard. */
function DropZone() {
  const [isOver, setIsOver] = useState(false);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const isRunning = useSending((store) => store.isRunning);
  useDropped(setIsOver, (dropped) => sendFiles(dropped));
  const picked = (list: FileList | null): void =>
    sendFiles([...(list ?? [])].map((file) => ({ file, path: file.webkitRelativePath || file.name })));
  return (
    <section aria-label="Send files" className="ts-drop" data-over={isOver || undefined}>
      <SendingPanel />
      {!isRunning && (
        <Stack gap={6} align="flex-start">
          <Text c="dimmed" component="span">
            <Icon name="import" size={28} />
          </Text>
          <Text fw={600}>Or drop a folder or a .zip archive anywhere here</Text>
          <Text size="sm" c="dimmed">
            The files are copied into the workspace. What was cut off goes on where it stood when you drop it
            again.
          </Text>
          <Group gap="xs" mt={4}>
            <Button size="compact-sm" variant="default" onClick={() => folder.current?.click()}>
              Choose a folder …
            </Button>
            <Button size="compact-sm" variant="default" onClick={() => files.current?.click()}>
              Choose files …
            </Button>
          </Group>
          <input
            ref={folder}
            type="file"
            hidden
            aria-label="A folder to send"
            {...{ webkitdirectory: "" }}
            onChange={(event) => picked(event.currentTarget.files)}
          />
          <input
            ref={files}
            type="file"
            hidden
            multiple
            aria-label="Files to send"
            onChange={(event) => picked(event.currentTarget.files)}
          />
        </Stack>
      )}
    </section>
  );
}

/** Files dropped anywhere on the page. */
function useDropped(onOver: (isOver: boolean) => void, onDropped: (dropped: Dropped[]) => void): void {
  const handlers = useRef({ onOver, onDropped });
  handlers.current = { onOver, onDropped };
  useEffect(() => {
    const over = (event: DragEvent): void => {
      event.preventDefault();
      handlers.current.onOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) handlers.current.onOver(false);
    };
    const drop = async (event: DragEvent): Promise<void> => {
      event.preventDefault();
      handlers.current.onOver(false);
      if (event.dataTransfer) handlers.current.onDropped(await filesIn(event.dataTransfer.items));
    };
    window.addEventListener("dragover", over);
    window.addEventListener("dragleave", leave);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragover", over);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("drop", drop);
    };
  }, []);
}

function Recognised() {
  const formats = useFormats();
  if (!formats.data) return null;
  return (
    <Text size="sm" c="dimmed" mt="xl" maw="60rem">
      Recognised by their files: {formats.data.map((format) => format.title).join(" · ")}. Anything else that
      has images beside masks of the same names is read as {""}
      segmentation masks.
    </Text>
  );
}
