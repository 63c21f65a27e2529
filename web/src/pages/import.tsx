/** Import: images from a folder of this computer, with labels or without. */

import { SegmentedControl, Text } from "@mantine/core";
import { useState } from "react";
import { useSuggestions } from "../api/suggestions.ts";
import { StageForm, useForms } from "../ui/options_form.tsx";
import { Loaded, Page } from "../ui/parts.tsx";

const CHOICES = [
  { value: "collect", label: "Images alone", verb: "Collect" },
  { value: "import.mask-folder", label: "Images with masks", verb: "Import" },
  { value: "import.camvid", label: "CamVid", verb: "Import" },
] as const;

export default function ImportPage() {
  const [name, setName] = useState<string>("collect");
  const forms = useForms();
  const suggestions = useSuggestions();
  const chosen = CHOICES.find((choice) => choice.value === name) ?? CHOICES[0];
  return (
    <Page
      title="Import"
      lead="Bring images in from a folder of this computer. They are referred to where they lie, or copied if you say so."
    >
      <SegmentedControl
        mb="md"
        aria-label="What to import"
        data={CHOICES.map(({ value, label }) => ({ value, label }))}
        value={name}
        onChange={setName}
      />
      <Loaded query={forms} what="Loading the form …">
        {(found) => (
          <Text size="sm" c="dimmed" mb="md" maw="34rem">
            {found.find((form) => form.name === name)?.text}
            {name === "import.mask-folder" &&
              " The colours or values found are listed and matched by name or colour; what matches nothing is asked, never guessed."}
          </Text>
        )}
      </Loaded>
      <StageForm key={name} name={name} verb={chosen.verb} suggestions={suggestions} />
    </Page>
  );
}
