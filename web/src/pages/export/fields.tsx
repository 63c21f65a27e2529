/** The questions of an export: the variant, which images, the data card, where it goes. */

import { Autocomplete, Group, MultiSelect, NumberInput, Select, Text, TextInput } from "@mantine/core";
import type { Schema } from "../../api/client.ts";
import { useDatasets, useSelections, useTaxonomies } from "../../api/lists.ts";
import { useSession } from "../../api/session.ts";
import { datasetLabel } from "../../api/suggestions.ts";
import { formatCount } from "../../ui/format.ts";
import { OneOf } from "../../ui/one_of.tsx";
import { Section } from "../../ui/parts.tsx";
import { Losses } from "./format_list.tsx";
import { usualName, variantOf, type Wish } from "./wish.ts";

type Change = (part: Partial<Wish>) => void;

export function Variant({
  format,
  wish,
  onChange,
}: {
  format: Schema["FormatOut"];
  wish: Wish;
  onChange: Change;
}) {
  const variant = variantOf(format, wish);
  return (
    <Section title={format.title}>
      {format.variants.length > 1 && (
        <div>
          <OneOf
            label="Written as"
            options={Object.fromEntries(format.variants.map(({ name }) => [name, name]))}
            value={variant?.name ?? ""}
            onChange={(name) => onChange({ variant: name })}
            size="sm"
          />
        </div>
      )}
      {variant && <Losses losses={variant.losses} />}
      {variant?.is_outlines && (
        <NumberInput
          label="Simplify outlines"
          description="0 writes outlines that give back every pixel. More makes them shorter, and pixels along the borders go to the neighbouring class: how many is measured when they are read back."
          suffix=" px"
          min={0}
          max={100}
          step={0.5}
          decimalScale={1}
          maw="26rem"
          value={wish.simplify}
          onChange={(value) => onChange({ simplify: Number(value) || 0 })}
        />
      )}
      {format.specification.startsWith("http") && (
        <Text size="xs">
          <a href={format.specification} target="_blank" rel="noreferrer">
            The format’s specification
          </a>
        </Text>
      )}
    </Section>
  );
}

const FROM: Readonly<Record<Wish["from"], string>> = {
  all: "All labels",
  selection: "A selection",
  dataset: "A dataset",
};
const STATES: Readonly<Record<Wish["state"], string>> = {
  any: "Any",
  submitted: "Submitted",
  accepted: "Accepted",
};

export function What({ wish, onChange }: { wish: Wish; onChange: Change }) {
  const selections = useSelections();
  const datasets = useDatasets();
  const taxonomies = useTaxonomies();
  const inUse = (taxonomies.data ?? []).filter((t) => t.is_here);
  return (
    <Section title="What to write">
      <div>
        <OneOf
          label="Which images"
          options={FROM}
          value={wish.from}
          onChange={(from) => onChange({ from })}
          size="sm"
        />
      </div>
      <div className="ts-export-fields">
        {wish.from === "selection" && (
          <Select
            label="Selection"
            placeholder={selections.data?.length === 0 ? "There is none yet" : "Choose one"}
            data={(selections.data ?? []).map((s) => ({
              value: s.id,
              label: `${s.name} (${formatCount(s.n_windows)})`,
            }))}
            value={wish.selection}
            onChange={(id) => onChange({ selection: id })}
          />
        )}
        {wish.from === "dataset" && (
          <Select
            label="Dataset"
            description="Exactly its windows, revisions and parts."
            placeholder={datasets.data?.length === 0 ? "There is none yet" : "Choose one"}
            data={(datasets.data ?? []).map((d) => ({ value: d.id, label: datasetLabel(d) }))}
            value={wish.dataset}
            onChange={(id) =>
              onChange({
                dataset: id,
                taxonomy: datasets.data?.find((d) => d.id === id)?.taxonomy ?? null,
                names: {},
              })
            }
          />
        )}
        {wish.from !== "dataset" && inUse.length > 1 && (
          <Select
            label="Taxonomy"
            data={inUse.map((t) => ({ value: t.name, label: t.title }))}
            value={wish.taxonomy ?? inUse.find((t) => t.is_default)?.name ?? null}
            onChange={(taxonomy) => onChange({ taxonomy, names: {} })}
            allowDeselect={false}
          />
        )}
        <MultiSelect
          label="Parts"
          placeholder={wish.parts.length ? "" : "All"}
          data={["train", "tune", "val", "test"]}
          value={[...wish.parts]}
          onChange={(parts) => onChange({ parts })}
          clearable
        />
        {wish.from !== "dataset" && (
          <TextInput
            label="Layer"
            placeholder="main"
            value={wish.layer}
            onChange={(event) => onChange({ layer: event.currentTarget.value })}
          />
        )}
      </div>
      {wish.from !== "dataset" && (
        <Group gap="sm">
          <Text size="sm">State of the labels</Text>
          <OneOf
            label="State of the labels"
            options={STATES}
            value={wish.state}
            onChange={(state) => onChange({ state })}
          />
        </Group>
      )}
    </Section>
  );
}

const LICENCES = ["CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "ODbL-1.0", "dl-de/by-2-0"];

export function About({ wish, onChange }: { wish: Wish; onChange: Change }) {
  const workspace = useSession().data?.workspace ?? "";
  return (
    <Section title="Data card">
      <div className="ts-export-fields">
        <TextInput
          label="Title"
          description="What the dataset is called."
          placeholder={workspace}
          value={wish.title}
          onChange={(event) => onChange({ title: event.currentTarget.value })}
        />
        <Autocomplete
          label="Licence"
          description="What others may do with it."
          placeholder="Not stated"
          data={LICENCES}
          value={wish.licence}
          onChange={(licence) => onChange({ licence })}
        />
      </div>
    </Section>
  );
}

export function Target({ wish, workspace, onChange }: { wish: Wish; workspace: string; onChange: Change }) {
  const images: Partial<Record<Wish["images"], string>> = wish.isPacked
    ? { copy: "Copied", none: "Left out" }
    : { copy: "Copied", link: "Linked", none: "Left out" };
  return (
    <Section title="Where it goes">
      <Group gap="xl" align="flex-start">
        <div>
          <Text size="sm" mb={4}>
            As
          </Text>
          <OneOf
            label="Where it goes"
            options={{ zip: "A .zip to download", folder: "A folder" }}
            value={wish.isPacked ? "zip" : "folder"}
            onChange={(target) => onChange({ isPacked: target === "zip" })}
            size="sm"
          />
        </div>
        <div>
          <Text size="sm" mb={4}>
            Images
          </Text>
          <OneOf
            label="Images"
            options={images}
            value={wish.isPacked && wish.images === "link" ? "copy" : wish.images}
            onChange={(chosen) => onChange({ images: chosen })}
            size="sm"
          />
        </div>
      </Group>
      <TextInput
        label="Name"
        description="It is put into the folder “exports” of the workspace."
        maw="26rem"
        placeholder={wish.format === "" ? workspace : usualName(workspace, wish.format)}
        value={wish.name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
        {...(wish.isPacked && { rightSection: <Text size="sm">.zip</Text>, rightSectionWidth: 44 })}
      />
    </Section>
  );
}
