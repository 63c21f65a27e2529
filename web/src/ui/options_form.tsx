/** The form of a stage, made of its options: what the command line takes as flags. */

import {
  Button,
  Checkbox,
  Collapse,
  Group,
  NumberInput,
  Select,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { api, must, type Schema } from "../api/client.ts";
import { type Answers, startRun } from "../api/runs.ts";
import { type Chosen, FolderPicker } from "./folder_picker.tsx";
import { notifyProblem } from "./notices.tsx";
import { Loaded } from "./parts.tsx";

type Field = Schema["FieldOut"];

/** Choices that come from the workspace: models, taxonomies, datasets. */
export type Suggestions = Readonly<Record<string, readonly { value: string; label: string }[]>>;

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

export function useForms() {
  return useQuery({
    queryKey: ["stages"],
    queryFn: async () => must(await api.GET("/v1/stages")),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function StageForm({
  name,
  verb,
  suggestions = {},
  onStarted,
}: {
  name: string;
  verb: string;
  suggestions?: Suggestions;
  onStarted?: (run: Schema["RunOut"]) => void;
}) {
  const forms = useForms();
  return (
    <Loaded query={forms} what="Loading the form …">
      {(found) => {
        const form = found.find((one) => one.name === name);
        if (form === undefined) return null;
        return <Form form={form} verb={verb} suggestions={suggestions} onStarted={onStarted ?? null} />;
      }}
    </Loaded>
  );
}

function Form({
  form,
  verb,
  suggestions,
  onStarted,
}: {
  form: Schema["FormOut"];
  verb: string;
  suggestions: Suggestions;
  onStarted: ((run: Schema["RunOut"]) => void) | null;
}) {
  const [answers, setAnswers] = useState<Answers>({});
  const [showsAll, setShowsAll] = useState(false);
  const [, go] = useLocation();
  const set = (field: string, value: unknown): void => setAnswers((old) => ({ ...old, [field]: value }));
  const missing = form.fields.filter((f) => f.is_required && isMissing(answers[f.name]));
  const start = useMutation({
    mutationFn: () => startRun(form.name, sentAnswers(answers)),
    onSuccess: (run) => (onStarted ? onStarted(run) : go(`/runs/${run.id}`)),
    onError: notifyProblem,
  });
  const first = form.fields.filter((field) => !field.is_advanced);
  const rest = form.fields.filter((field) => field.is_advanced);
  const show = (field: Field) => (
    <Question
      key={field.name}
      field={field}
      value={answers[field.name]}
      choices={suggestions[field.name] ?? null}
      onChange={(value) => set(field.name, value)}
    />
  );
  return (
    <Stack gap="md" maw="34rem">
      {first.map(show)}
      {rest.length > 0 && (
        <div>
          <Button
            variant="subtle"
            size="compact-sm"
            color="gray"
            aria-expanded={showsAll}
            onClick={() => setShowsAll(!showsAll)}
          >
            {showsAll ? "Fewer options" : rest.length === 1 ? "1 more option" : `${rest.length} more options`}
          </Button>
          <Collapse expanded={showsAll}>
            <Stack gap="md" mt="sm">
              {rest.map(show)}
            </Stack>
          </Collapse>
        </div>
      )}
      <Group>
        <Button onClick={() => start.mutate()} loading={start.isPending} disabled={missing.length > 0}>
          {verb}
        </Button>
        {missing.length > 0 && (
          <Text size="sm" c="dimmed">
            Still needed: {missing.map((field) => field.title.toLowerCase()).join(", ")}.
          </Text>
        )}
      </Group>
    </Stack>
  );
}

const isMissing = (value: unknown): boolean =>
  value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);

/** Answers as they are sent: ids instead of what was chosen, and nothing that was left open. */
export function sentAnswers(answers: Answers): Answers {
  return Object.fromEntries(
    Object.entries(answers)
      .map(([field, value]) => [field, plain(value)] as const)
      .filter(([, value]) => !isMissing(value)),
  );
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null && "id" in value) return (value as Chosen).id;
  return value;
}

/** One option: asked for in the way that its kind of value needs. */
export function Question({
  field,
  value,
  choices,
  onChange,
}: {
  field: Field;
  value: unknown;
  choices: readonly { value: string; label: string }[] | null;
  onChange: (value: unknown) => void;
}) {
  const schema = field.schema_ as JsonSchema;
  const shared = { label: field.title, description: field.text, required: field.is_required };
  const usual = field.default === null || field.default === undefined ? "" : String(field.default);
  if (field.is_path) {
    const chosen =
      (field.is_list ? (value as Chosen[] | undefined)?.[0] : (value as Chosen | undefined)) ?? null;
    return (
      <FolderPicker
        label={field.title}
        text={field.text}
        isRequired={field.is_required}
        chosen={chosen}
        onChoose={(found) => onChange(found === null ? null : field.is_list ? [found] : found)}
      />
    );
  }
  if (choices !== null) {
    return (
      <Select
        {...shared}
        data={[...choices]}
        value={(value as string | undefined) ?? null}
        onChange={onChange}
        clearable
        searchable
        placeholder={usual || (field.name === "taxonomy" ? "The default" : "The newest")}
      />
    );
  }
  if (schema.enum !== undefined) {
    return (
      <Select
        {...shared}
        data={[...schema.enum]}
        value={(value as string) ?? null}
        onChange={onChange}
        clearable
        placeholder={usual}
      />
    );
  }
  if (schema.type === "boolean") {
    return (
      <Checkbox
        label={field.title}
        description={field.text}
        checked={Boolean(value ?? field.default)}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  }
  if (schema.type === "number" || schema.type === "integer") {
    const limits = {
      ...(schema.minimum === undefined ? {} : { min: schema.minimum }),
      ...(schema.maximum === undefined ? {} : { max: schema.maximum }),
    };
    return (
      <NumberInput
        {...shared}
        {...limits}
        allowDecimal={schema.type === "number"}
        placeholder={usual}
        value={(value as number | undefined) ?? ""}
        onChange={(next) => onChange(next === "" ? null : Number(next))}
      />
    );
  }
  if (schema.type === "array") {
    return (
      <TagsInput
        {...shared}
        value={(value as string[] | undefined) ?? []}
        onChange={onChange}
        placeholder="Enter adds one"
      />
    );
  }
  return (
    <TextInput
      {...shared}
      placeholder={usual}
      value={(value as string | undefined) ?? ""}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
