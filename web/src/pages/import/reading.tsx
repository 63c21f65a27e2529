/** How the files are read: their format, and the taxonomy in which values are looked up. */

import { Button, Group, Select, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Schema } from "../../api/client.ts";
import type { ImportResult } from "../../api/exchange.ts";
import { useFormats, useTaxonomies } from "../../api/lists.ts";
import type { Answers } from "../../api/runs.ts";
import { useSession } from "../../api/session.ts";

const AUTO = "auto";
const NEW = "+new";
const ORDER: ("label" | "input" | "description")[] = ["label", "input", "description"];

export function Reading({
  run,
  result,
  isBusy,
  onChange,
}: {
  run: Schema["RunOut"];
  /** What the look found; null if it failed. */
  result: ImportResult | null;
  isBusy: boolean;
  /** Answers with which to look again. */
  onChange: (answers: Answers) => void;
}) {
  return (
    <div className="ts-reading">
      <FormatSelect run={run} result={result} isBusy={isBusy} onChange={onChange} />
      <TaxonomySelect run={run} result={result} isBusy={isBusy} onChange={onChange} />
    </div>
  );
}

type Props = Parameters<typeof Reading>[0];

function FormatSelect({ run, result, isBusy, onChange }: Props) {
  const formats = useFormats();
  const said = String(run.options["format"] ?? AUTO);
  const titles = new Map((formats.data ?? []).map((format) => [format.name, format.title]));
  const found = result === null ? "" : (titles.get(result.format) ?? result.format);
  return (
    <Select
      label="Format"
      description={
        result === null
          ? "Say which it is if it is not found out."
          : said === AUTO
            ? `Found out: ${result.reason}.`
            : "You said so."
      }
      inputWrapperOrder={ORDER}
      disabled={isBusy}
      searchable
      allowDeselect={false}
      data={[
        { value: AUTO, label: found && said === AUTO ? found : "Find out from the files" },
        ...(formats.data ?? [])
          .filter((format) => said !== AUTO || format.name !== result?.format)
          .map((format) => ({ value: format.name, label: format.title })),
      ]}
      value={said}
      onChange={(name) => name !== null && name !== said && onChange({ format: name, map: [] })}
    />
  );
}

function TaxonomySelect({ run, result, isBusy, onChange }: Props) {
  const taxonomies = useTaxonomies();
  const usual = useSession().data?.taxonomy ?? "";
  const made = run.options["new_taxonomy"];
  const now = typeof made === "string" ? NEW : String(run.options["taxonomy"] ?? usual);
  const [isNaming, setIsNaming] = useState(false);
  const n = result?.classes.length ?? 0;
  const option = (t: Schema["TaxonomyLine"]) => ({ value: t.name, label: t.title });
  const known = taxonomies.data ?? [];
  const newLabel = typeof made === "string" ? `New: ${made}` : "A new one of these classes …";
  return (
    <Stack gap="xs">
      <Select
        label="Taxonomy"
        description={
          typeof made === "string"
            ? `Made of the ${n === 1 ? "one class" : `${n} classes`} in the files when you import.`
            : "The classes that values can mean."
        }
        inputWrapperOrder={ORDER}
        disabled={isBusy}
        searchable
        allowDeselect={false}
        data={[
          { group: "In this workspace", items: known.filter((t) => t.is_here).map(option) },
          { group: "Built in", items: known.filter((t) => !t.is_here).map(option) },
          { group: "Or", items: [{ value: NEW, label: newLabel }] },
        ]}
        value={isNaming ? NEW : now}
        onChange={(name) => {
          setIsNaming(name === NEW && now !== NEW);
          if (name !== null && name !== NEW && name !== now)
            onChange({ taxonomy: name, new_taxonomy: null, map: [] });
        }}
      />
      {isNaming && (
        <NewName
          isBusy={isBusy}
          onDone={(name) => onChange({ new_taxonomy: name, taxonomy: null, map: [] })}
        />
      )}
    </Stack>
  );
}

function NewName({ isBusy, onDone }: { isBusy: boolean; onDone: (name: string) => void }) {
  const [name, setName] = useState("");
  const key =
    name
      .toLowerCase()
      .match(/[a-z0-9]+/g)
      ?.join("-") ?? "";
  return (
    <Group gap="xs" align="flex-end" wrap="nowrap">
      <TextInput
        style={{ flex: 1 }}
        label="Its name"
        placeholder="dubai"
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Enter" && key !== "" && onDone(key)}
      />
      <Button variant="default" disabled={key === ""} loading={isBusy} onClick={() => onDone(key)}>
        Use it
      </Button>
    </Group>
  );
}
