/** Adding a source: what lies on this computer is chosen, what lies elsewhere has an address. */

import { Button, Checkbox, Collapse, Group, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Answers, startRun } from "../../api/runs.ts";
import { type Chosen, FolderPicker } from "../../ui/folder_picker.tsx";
import { notifyProblem } from "../../ui/notices.tsx";
import { OneOf } from "../../ui/one_of.tsx";
import { Question, sentAnswers, useForms } from "../../ui/options_form.tsx";
import { Loaded } from "../../ui/parts.tsx";
import { type FrameChoice, framesOf, isVideo, licenceNameOf, type Where } from "./wish.ts";

/** Options with a place of their own in this form, or none on this page. */
const ASKED_HERE: ReadonlySet<string> = new Set([
  "paths",
  "addresses",
  "every_s",
  "scene",
  "moved",
  "lossless",
  "accept_licence",
  "relink",
  "dry_run",
]);

export function AddSource() {
  const queries = useQueryClient();
  const [where, setWhere] = useState<Where>("here");
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [address, setAddress] = useState("");
  const [frames, setFrames] = useState<FrameChoice>({ how: "every", every_s: 1, moved: 40, lossless: false });
  const [isAccepted, setIsAccepted] = useState(false);
  const [more, setMore] = useState<Answers>({});
  const [showsMore, setShowsMore] = useState(false);
  const forms = useForms();
  const licence = where === "elsewhere" ? licenceNameOf(address) : null;
  const isVideoHere = where === "here" && chosen !== null && isVideo(chosen.name);
  const isReady = where === "here" ? chosen !== null : address.trim() !== "";
  const start = useMutation({
    mutationFn: async () => {
      await startRun(
        "collect",
        sentAnswers({
          ...more,
          ...(where === "here" ? { paths: [chosen] } : { addresses: [address.trim()] }),
          ...(isVideoHere && framesOf(frames)),
          ...(licence !== null && isAccepted && { accept_licence: licence }),
        }),
      );
      await queries.invalidateQueries({ queryKey: ["runs"] });
    },
    onError: notifyProblem,
  });
  return (
    <Stack gap="md">
      <OneOf<Where>
        label="Where the images are"
        options={{ here: "On this computer", elsewhere: "Elsewhere" }}
        value={where}
        onChange={setWhere}
        size="sm"
        isWide
      />
      {where === "here" ? (
        <FolderPicker
          label="Folder, archive or video"
          text="A folder is searched all the way down. Also single images, GeoTIFFs and other workspaces."
          isRequired
          chosen={chosen}
          onChoose={setChosen}
        />
      ) : (
        <TextInput
          label="Address"
          description="s3://bucket/folder, gs://…, az://…, https://…/list.txt, or dataset:NAME. Passwords come from the environment, never from here."
          placeholder="s3://bucket/folder"
          required
          value={address}
          onChange={(event) => setAddress(event.currentTarget.value)}
        />
      )}
      {licence !== null && licence !== "" && (
        <Checkbox
          label={`I accept the licence of ${licence}`}
          description="Collect without this first: its licence is shown then, and nothing is fetched."
          checked={isAccepted}
          onChange={(event) => setIsAccepted(event.currentTarget.checked)}
        />
      )}
      {isVideoHere && <Frames frames={frames} onChange={setFrames} />}
      <Loaded query={forms} what="Loading the form …">
        {(found) => {
          const fields = found.find((one) => one.name === "collect")?.fields ?? [];
          const rest = fields.filter((field) => !ASKED_HERE.has(field.name));
          const show = (isAdvanced: boolean) =>
            rest
              .filter((field) => field.is_advanced === isAdvanced)
              .map((field) => (
                <Question
                  key={field.name}
                  field={field}
                  value={more[field.name]}
                  choices={null}
                  onChange={(value) => setMore((old) => ({ ...old, [field.name]: value }))}
                />
              ));
          return (
            <>
              {show(false)}
              <div>
                <Button
                  variant="subtle"
                  size="compact-sm"
                  color="gray"
                  aria-expanded={showsMore}
                  onClick={() => setShowsMore(!showsMore)}
                >
                  {showsMore ? "Fewer options" : "More options"}
                </Button>
                <Collapse expanded={showsMore}>
                  <Stack gap="md" mt="sm">
                    {show(true)}
                  </Stack>
                </Collapse>
              </div>
            </>
          );
        }}
      </Loaded>
      <Group>
        <Button onClick={() => start.mutate()} loading={start.isPending} disabled={!isReady}>
          Collect
        </Button>
        {!isReady && (
          <Text size="sm" c="dimmed">
            {where === "here" ? "Choose where the images lie first." : "An address is still needed."}
          </Text>
        )}
      </Group>
    </Stack>
  );
}

/** Three ways to choose frames of a video. */
function Frames({ frames, onChange }: { frames: FrameChoice; onChange: (frames: FrameChoice) => void }) {
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600}>
        Frames to keep
      </Text>
      <OneOf<FrameChoice["how"]>
        label="Frames to keep"
        options={{ every: "By time", scene: "By scene", moved: "By change" }}
        value={frames.how}
        onChange={(how) => onChange({ ...frames, how })}
        isWide
      />
      {frames.how === "every" && (
        <NumberInput
          label="Seconds between frames"
          min={0.01}
          step={0.5}
          value={frames.every_s}
          onChange={(value) => onChange({ ...frames, every_s: Number(value) })}
        />
      )}
      {frames.how === "scene" && (
        <Text size="xs" c="dimmed">
          The first frame of every scene.
        </Text>
      )}
      {frames.how === "moved" && (
        <NumberInput
          label="How much must have changed"
          description="Bits of 256 in which a frame differs from the last one that was kept. 40 is a start; more keeps fewer."
          min={1}
          max={256}
          allowDecimal={false}
          value={frames.moved}
          onChange={(value) => onChange({ ...frames, moved: Number(value) })}
        />
      )}
      <Checkbox
        label="Store frames without loss (PNG)"
        checked={frames.lossless}
        onChange={(event) => onChange({ ...frames, lossless: event.currentTarget.checked })}
      />
    </Stack>
  );
}
