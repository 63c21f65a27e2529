/** Narrowing the list of images; every filter is part of the address. */

import { Button, Group, MultiSelect, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { request, type Schema } from "../../api/client.ts";
import { type ImageQuery, queryText } from "../../api/images.ts";
import { useDatasets, useSelections, useTaxonomies } from "../../api/lists.ts";
import { useTaxonomy } from "../../api/taxonomies.ts";
import { formatCount } from "../../ui/format.ts";

const STATES = [
  { value: "unlabelled", label: "Unlabelled" },
  { value: "draft", label: "Draft" },
  { value: "submitted", label: "Submitted" },
  { value: "accepted", label: "Accepted" },
  { value: "returned", label: "Returned" },
];
const PARTS = ["train", "tune", "val", "test"];

export function Filters({ query, onChange }: { query: ImageQuery; onChange: (query: ImageQuery) => void }) {
  const taxonomy = useTaxonomy(query.taxonomy);
  const facets = useQuery({
    queryKey: ["images", "facets", query.taxonomy ?? ""],
    queryFn: async () => {
      const response = await request(
        `/v1/images/facets${query.taxonomy ? `?taxonomy=${query.taxonomy}` : ""}`,
      );
      return (await response.json()) as Schema["Facets"];
    },
  });
  const selections = useSelections();
  const datasets = useDatasets();
  const taxonomies = useTaxonomies();
  const counts = facets.data?.states ?? {};
  const set = (change: Partial<Record<keyof ImageQuery, unknown>>): void =>
    onChange({ ...query, ...change } as ImageQuery);
  const inUse = (taxonomies.data ?? []).filter((t) => t.is_here);
  const newest = datasets.data?.[0];
  const isNarrowed = queryText({ ...query, taxonomy: "" }) !== "";
  return (
    <Group gap="xs" mb="md" align="flex-end">
      <TextInput
        label="Name"
        placeholder="Part of the name"
        size="xs"
        w="11rem"
        value={query.text ?? ""}
        onChange={(event) => set({ text: event.currentTarget.value })}
      />
      <MultiSelect
        label="State"
        size="xs"
        w="13rem"
        placeholder={query.state?.length ? "" : "Any"}
        data={STATES.map(({ value, label }) => ({
          value,
          label: counts[value] ? `${label} (${formatCount(counts[value])})` : label,
        }))}
        value={[...(query.state ?? [])]}
        onChange={(state) => set({ state })}
        clearable
      />
      <MultiSelect
        label="Has class"
        size="xs"
        w="13rem"
        placeholder={query.class_number?.length ? "" : "Any"}
        data={(taxonomy.data?.taxonomy.classes ?? [])
          .filter((c) => c.merged_into === null)
          .map((c) => ({ value: String(c.number), label: c.name }))}
        value={(query.class_number ?? []).map(String)}
        onChange={(numbers) => set({ class_number: numbers.map(Number) })}
        searchable
        clearable
      />
      <Select
        label="Source"
        size="xs"
        w="10rem"
        placeholder="Any"
        data={(facets.data?.sequences ?? []).map(([name, n]) => ({
          value: name,
          label: `${name} (${formatCount(n)})`,
        }))}
        value={query.sequence ?? null}
        onChange={(sequence) => set({ sequence })}
        searchable
        clearable
      />
      <Select
        label="Selection"
        size="xs"
        w="10rem"
        placeholder="Any"
        data={(selections.data ?? []).map((s) => ({
          value: s.id,
          label: `${s.name} (${formatCount(s.n_windows)})`,
        }))}
        value={query.selection ?? null}
        onChange={(selection) => set({ selection })}
        clearable
      />
      <Select
        label="Split"
        size="xs"
        w="7rem"
        placeholder="Any"
        disabled={newest === undefined}
        data={PARTS}
        value={query.part ?? null}
        onChange={(part) => set({ part, dataset: part === null ? undefined : newest?.id })}
        clearable
      />
      {inUse.length > 1 && (
        <Select
          label="Taxonomy"
          size="xs"
          w="9rem"
          data={inUse.map((t) => ({ value: t.name, label: t.name }))}
          value={query.taxonomy ?? inUse.find((t) => t.is_default)?.name ?? null}
          onChange={(name) => onChange(name === null ? {} : { taxonomy: name })}
          allowDeselect={false}
        />
      )}
      {isNarrowed && (
        <Button
          size="xs"
          variant="subtle"
          color="gray"
          onClick={() => onChange(query.taxonomy ? { taxonomy: query.taxonomy } : {})}
        >
          Clear
        </Button>
      )}
    </Group>
  );
}
