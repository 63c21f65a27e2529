/** Taxonomy: the classes, their names, colours, order and meaning. Every change is a new version. */

import { Alert, Button, Group, Modal, Select, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { api, must, type Schema } from "../../api/client.ts";
import {
  activeClasses,
  type Change,
  changeTaxonomy,
  type LabelClass,
  useTaxonomy,
} from "../../api/taxonomies.ts";
import { notify, notifyProblem } from "../../ui/notices.tsx";
import { Loaded, Page, Swatch } from "../../ui/parts.tsx";
import { AddClass } from "./add_class.tsx";
import { ClassTable } from "./class_table.tsx";
import { MergeClass } from "./merge_class.tsx";

export default function TaxonomyPage({ name }: { name: string | undefined }) {
  const [, go] = useLocation();
  const found = useTaxonomy(name);
  const all = useQuery({
    queryKey: ["taxonomies"],
    queryFn: async () => must(await api.GET("/v1/taxonomies")),
  });
  return (
    <Page
      title="Taxonomy"
      lead="What pixels can be labelled as. A class keeps its number for ever; merging reads its pixels as another class, and nothing is rewritten."
      actions={
        <Select
          aria-label="Which taxonomy"
          w="18rem"
          data={(all.data ?? []).map((t) => ({
            value: t.name,
            label: `${t.title}${t.is_default ? " (default)" : ""}`,
          }))}
          value={found.data?.taxonomy.name ?? null}
          onChange={(next) => next && go(`/taxonomy/${next}`)}
          allowDeselect={false}
        />
      }
    >
      <Loaded query={found} what="Loading the classes …">
        {(data) => <Classes key={data.taxonomy.name} data={data} />}
      </Loaded>
    </Page>
  );
}

function Classes({ data }: { data: Schema["TaxonomyOut"] }) {
  const { taxonomy } = data;
  const queries = useQueryClient();
  const [isAdding, setIsAdding] = useState(false);
  const [merging, setMerging] = useState<LabelClass | null>(null);
  const change = useMutation({
    mutationFn: (wanted: Change) => changeTaxonomy(taxonomy.name, taxonomy.version ?? 1, wanted),
    onSuccess: async (after) => {
      queries.setQueryData(["taxonomy", taxonomy.name], after);
      await queries.invalidateQueries();
    },
    onError: async (error) => {
      notifyProblem(error);
      await queries.invalidateQueries({ queryKey: ["taxonomy"] });
    },
  });
  const make = (wanted: Change): void => change.mutate(wanted);
  return (
    <>
      <Group justify="space-between" mb="sm">
        <Text size="sm" c="dimmed">
          {activeClasses(taxonomy).length} classes, version {taxonomy.version}
          {taxonomy.source && `, ${taxonomy.source}`}
        </Text>
        <Button size="sm" onClick={() => setIsAdding(true)}>
          Add a class …
        </Button>
      </Group>
      <ClassTable data={data} onChange={make} onMerge={setMerging} />
      <Colors data={data} />
      <Modal opened={isAdding} onClose={() => setIsAdding(false)} title="Add a class">
        {isAdding && (
          <AddClass
            taxonomy={taxonomy}
            onAdd={(wanted) => {
              make(wanted);
              setIsAdding(false);
            }}
          />
        )}
      </Modal>
      <Modal
        opened={merging !== null}
        onClose={() => setMerging(null)}
        title={`Merge ${merging?.name ?? ""}`}
      >
        {merging && (
          <MergeClass
            data={data}
            from={merging}
            onMerge={(into) => {
              make({ kind: "merge-class", number: merging.number, into });
              notify(`${merging.name} is read as another class from now on.`);
              setMerging(null);
            }}
          />
        )}
      </Modal>
    </>
  );
}

const VISIONS: Readonly<Record<Schema["Similar"]["vision"], string>> = {
  usual: "to everybody",
  protanopia: "without red cones (1 % of men)",
  deuteranopia: "without green cones (1 % of men)",
  tritanopia: "without blue cones (rare)",
};

/** The colour check: classes that look alike, and to whom. */
function Colors({ data }: { data: Schema["TaxonomyOut"] }) {
  const { taxonomy } = data;
  const similar = useQuery({
    queryKey: ["taxonomy", "similar", taxonomy.name, taxonomy.version],
    queryFn: async () =>
      must(
        await api.GET("/v1/taxonomies/{name}/similar-colors", { params: { path: { name: taxonomy.name } } }),
      ),
  });
  const classOf = (number: number): LabelClass | undefined =>
    taxonomy.classes.find((c) => c.number === number);
  if (similar.data === undefined) return null;
  if (similar.data.length === 0) {
    return (
      <Text size="sm" c="dimmed" mt="lg">
        All colours can be told apart, also by the colour-blind.
      </Text>
    );
  }
  return (
    <Alert color="gray" variant="light" title="Colours that look alike" mt="lg" maw="44rem">
      {similar.data.slice(0, 20).map(({ first, second, vision, distance }) => (
        <Group key={`${first} ${second}`} gap="xs">
          <Swatch color={classOf(first)?.color ?? ""} />
          <Swatch color={classOf(second)?.color ?? ""} />
          <Text size="sm">
            {classOf(first)?.name} and {classOf(second)?.name}, {VISIONS[vision]}
          </Text>
          <Text size="xs" c="dimmed">
            difference {distance.toFixed(1)}, 10 or more is easy
          </Text>
        </Group>
      ))}
    </Alert>
  );
}
