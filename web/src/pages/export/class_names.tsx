/** Under which name each class is written; classes of one name become one. */

import { Button, NativeSelect, Table, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { activeClasses, useTaxonomy } from "../../api/taxonomies.ts";
import { Section, Swatch } from "../../ui/parts.tsx";
import { LEFT_OUT, mergedWith, type Wish } from "./wish.ts";

type Names = Wish["names"];

export function ClassNames({
  taxonomy,
  names,
  onChange,
}: {
  taxonomy: string | null;
  names: Names;
  onChange: (names: Names) => void;
}) {
  const found = useTaxonomy(taxonomy ?? undefined);
  const [isOpen, setIsOpen] = useState(false);
  const classes = found.data ? activeClasses(found.data.taxonomy) : [];
  const changed = Object.keys(names).length;
  const set = (key: string, written: string, own: string): void => {
    const { [key]: _, ...rest } = names;
    onChange(written.trim() === "" || written === own ? rest : { ...rest, [key]: written });
  };
  return (
    <Section
      title="Classes"
      actions={
        <Button
          size="compact-sm"
          variant="subtle"
          aria-expanded={isOpen}
          disabled={classes.length === 0}
          onClick={() => setIsOpen(!isOpen)}
        >
          {isOpen ? "Close" : "Rename, merge, leave out …"}
        </Button>
      }
    >
      {!isOpen ? (
        <Text size="sm" c="dimmed">
          {changed === 0
            ? `All ${classes.length || ""} under their own names.`
            : `${changed} of ${classes.length} changed.`}
        </Text>
      ) : (
        <Table verticalSpacing={4} aria-label="How classes are written">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Class</Table.Th>
              <Table.Th>Written as</Table.Th>
              <Table.Th w="9rem">Leave out</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {classes.map(({ key, name, color }) => {
              const written = names[key] ?? "";
              const isLeftOut = LEFT_OUT.has(written);
              const others = mergedWith(key, classes, names);
              return (
                <Table.Tr key={key}>
                  <Table.Td>
                    <span className="ts-named">
                      <Swatch color={color} />
                      {name}
                    </span>
                  </Table.Td>
                  <Table.Td>
                    <TextInput
                      size="xs"
                      aria-label={`Name under which ${name} is written`}
                      placeholder={name}
                      disabled={isLeftOut}
                      value={isLeftOut ? "" : written}
                      onChange={(event) => set(key, event.currentTarget.value, name)}
                    />
                    {others.length > 0 && (
                      <Text size="xs" c="dimmed">
                        one class with {others.join(", ")}
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td>
                    <NativeSelect
                      size="xs"
                      aria-label={`Leave out ${name}`}
                      data={[
                        { value: "", label: "No" },
                        { value: "ignore", label: "As ignore" },
                        { value: "unlabelled", label: "As unlabelled" },
                      ]}
                      value={isLeftOut ? written : ""}
                      onChange={(event) => set(key, event.currentTarget.value, name)}
                    />
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      )}
    </Section>
  );
}
