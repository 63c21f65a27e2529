/** How to import: existing labels, part, place, copies. None of it needs a new look. */

import { Checkbox, Select, Text, TextInput } from "@mantine/core";
import type { Schema } from "../../api/client.ts";
import { OneOf } from "../../ui/one_of.tsx";
import { Section } from "../../ui/parts.tsx";
import type { How } from "./draft.ts";

const EXISTING: Readonly<Record<How["existing"], string>> = {
  keep: "Keep them",
  fill: "Fill gaps",
  replace: "Replace them",
  layer: "New layer",
};
const MEANS: Readonly<Record<How["existing"], string>> = {
  keep: "Pictures that have labels already are not touched.",
  fill: "Only pixels that are unlabelled get the new labels.",
  replace: "The new labels become the newest revision; the old ones stay in its history.",
  layer: "The new labels go into a layer of their own, beside those that are there.",
};

export function HowToImport({
  run,
  how,
  onChange,
}: {
  run: Schema["RunOut"];
  how: How;
  onChange: (how: How) => void;
}) {
  const isSent = /[\\/]uploads[\\/][0-9a-f-]{36}[\\/]files/.test(String(run.options["path"] ?? ""));
  const isArchive = /\.(zip|tar|tgz|tar\.(gz|bz2|xz))$/i.test(String(run.options["path"] ?? ""));
  const mustCopy = isSent || isArchive;
  return (
    <Section title="How to import">
      <div className="ts-how">
        <div>
          <Text size="sm" fw={600} mb={4}>
            Where a picture has labels already
          </Text>
          <OneOf
            label="Where a picture has labels already"
            options={EXISTING}
            value={how.existing}
            onChange={(existing) => onChange({ ...how, existing })}
          />
          <Text size="xs" c="dimmed" mt={4}>
            {MEANS[how.existing]}
          </Text>
        </div>
        <Select
          label="Part"
          description="Put all of it into one part; otherwise the files' own split holds."
          size="sm"
          clearable
          placeholder="As the files say"
          data={["train", "tune", "val", "test"]}
          value={how.split}
          onChange={(split) => onChange({ ...how, split })}
        />
        <TextInput
          label="Place"
          description="If all pictures show one place: they are never torn apart between parts."
          placeholder="None"
          value={how.place}
          onChange={(event) => onChange({ ...how, place: event.currentTarget.value })}
        />
        <Checkbox
          label="Copy the images into the workspace"
          description={
            mustCopy
              ? "They were sent or packed, so they are copied."
              : "Otherwise they are read where they lie, and must stay there."
          }
          checked={mustCopy || how.copy_images}
          disabled={mustCopy}
          onChange={(event) => onChange({ ...how, copy_images: event.currentTarget.checked })}
        />
      </div>
    </Section>
  );
}
