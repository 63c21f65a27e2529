/** The formats to choose from, each with what it is made of and what it has no place for. */

import { Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Schema } from "../../api/client.ts";
import { Section } from "../../ui/parts.tsx";

type Format = Schema["FormatOut"];

export function FormatList({
  formats,
  chosen,
  onChoose,
}: {
  formats: readonly Format[];
  chosen: string;
  onChoose: (name: string) => void;
}) {
  const [text, setText] = useState("");
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const writable = formats.filter((format) => format.variants.length > 0);
  const found = writable.filter((format) => {
    const said = `${format.title} ${format.name} ${format.text}`.toLowerCase();
    return words.every((word) => said.includes(word));
  });
  const readOnly = formats.filter((format) => format.variants.length === 0).map((format) => format.title);
  return (
    <Section title="Format">
      <TextInput
        aria-label="Find a format"
        placeholder="Find a format: COCO, GIS, masks …"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <fieldset className="ts-formats">
        <legend className="ts-formats-legend">Format</legend>
        {found.map((format) => (
          <label key={format.name} className="ts-format" data-chosen={chosen === format.name || undefined}>
            <input
              type="radio"
              name="format"
              value={format.name}
              checked={chosen === format.name}
              onChange={() => onChoose(format.name)}
            />
            <span>
              <Text span size="sm" fw={600} display="block">
                {format.title}
              </Text>
              <Text span size="xs" display="block">
                <Marked text={format.text} />
              </Text>
              <Text span size="xs" c="dimmed" display="block">
                {format.cannot_hold.length === 0
                  ? "Holds everything: classes, objects, attributes."
                  : `No place for ${listed(format.cannot_hold)}.`}
              </Text>
            </span>
          </label>
        ))}
        {found.length === 0 && (
          <Text size="sm" c="dimmed" p="sm">
            No format has these words.
          </Text>
        )}
      </fieldset>
      {readOnly.length > 0 && (
        <Text size="xs" c="dimmed">
          Can be imported only: {readOnly.join(", ")}.
        </Text>
      )}
    </Section>
  );
}

/** What a variant cannot hold, in the words of its specification. */
export function Losses({ losses }: { losses: readonly Schema["LossOut"][] }) {
  if (losses.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        Written like this, it holds everything: every pixel, every object and its attributes come back.
      </Text>
    );
  }
  return (
    <ul className="ts-losses">
      {losses.map((loss) => (
        <li key={`${loss.what} ${loss.why}`}>
          <Text size="sm">{loss.why}</Text>
          <Text size="xs" c="dimmed">
            “{loss.quote}”{" "}
            {loss.source.startsWith("http") && (
              <a
                href={loss.source}
                target="_blank"
                rel="noreferrer"
                aria-label={`Where the specification says so about ${loss.what}`}
              >
                source
              </a>
            )}
          </Text>
        </li>
      ))}
    </ul>
  );
}

/** Text with names of files between backticks. */
function Marked({ text }: { text: string }) {
  return text.split("`").map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part));
}

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
