/** Choosing a folder or file on the computer on which the server runs. The page only ever holds ids. */

import { Breadcrumbs, Button, Group, Modal, Stack, Text, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, must, type Schema } from "../api/client.ts";
import { Icon } from "./icons.tsx";
import { Loaded } from "./parts.tsx";

export interface Chosen {
  readonly id: string;
  readonly name: string;
}

export function FolderPicker({
  label,
  text,
  isRequired,
  chosen,
  onChoose,
}: {
  label: string;
  text: string;
  isRequired: boolean;
  chosen: Chosen | null;
  onChoose: (chosen: Chosen | null) => void;
}) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <div>
      <Text size="sm" fw={600}>
        {label}
        {isRequired && (
          <Text span c="red" aria-hidden="true">
            {" "}
            *
          </Text>
        )}
      </Text>
      <Text fz="0.6875rem" c="dimmed" lh={1.2} mb={4}>
        {text}
      </Text>
      <Group gap="xs">
        <Button
          variant="default"
          size="sm"
          onClick={() => setIsOpen(true)}
          leftSection={<Icon name="folder" size={16} />}
        >
          {chosen === null ? "Choose on this computer …" : chosen.name}
        </Button>
        {chosen !== null && (
          <Button variant="subtle" size="compact-sm" color="gray" onClick={() => onChoose(null)}>
            Clear
          </Button>
        )}
      </Group>
      <Modal
        opened={isOpen}
        onClose={() => setIsOpen(false)}
        title={`Choose: ${label.toLowerCase()}`}
        size="lg"
      >
        {isOpen && (
          <Browser
            onChoose={(found) => {
              onChoose(found);
              setIsOpen(false);
            }}
          />
        )}
      </Modal>
    </div>
  );
}

function Browser({ onChoose }: { onChoose: (chosen: Chosen) => void }) {
  const [trail, setTrail] = useState<readonly Chosen[]>([]);
  const here = trail.at(-1) ?? null;
  const listing = useQuery({
    queryKey: ["folders", here?.id ?? ""],
    queryFn: async (): Promise<{ entries: Schema["EntryOut"][]; is_cut: boolean }> => {
      if (here === null) return { entries: must(await api.GET("/v1/folders")), is_cut: false };
      return must(await api.GET("/v1/folders/{folder_id}", { params: { path: { folder_id: here.id } } }));
    },
  });
  return (
    <Stack gap="sm">
      <Breadcrumbs>
        <UnstyledButton fz="sm" onClick={() => setTrail([])}>
          This computer
        </UnstyledButton>
        {trail.map((folder, k) => (
          <UnstyledButton key={folder.id} fz="sm" onClick={() => setTrail(trail.slice(0, k + 1))}>
            {folder.name}
          </UnstyledButton>
        ))}
      </Breadcrumbs>
      <Loaded query={listing} what="Reading the folder …">
        {({ entries, is_cut }) => (
          <div
            style={{ height: "45vh", overflowY: "auto", border: "1px solid var(--ts-line)", borderRadius: 3 }}
          >
            {entries.map((entry) => (
              <Group key={entry.id} gap="xs" px="sm" py={4} justify="space-between" wrap="nowrap">
                <UnstyledButton
                  fz="sm"
                  style={{ display: "flex", gap: 8, alignItems: "center", minWidth: 0 }}
                  onClick={() => (entry.is_folder ? setTrail([...trail, entry]) : onChoose(entry))}
                >
                  <Icon name={entry.is_folder ? "folder" : "file"} size={16} />
                  <Text span size="sm" truncate>
                    {entry.name}
                  </Text>
                </UnstyledButton>
                {!entry.is_folder && (
                  <Button size="compact-xs" variant="subtle" onClick={() => onChoose(entry)}>
                    Choose
                  </Button>
                )}
              </Group>
            ))}
            {entries.length === 0 && (
              <Text size="sm" c="dimmed" p="sm">
                Nothing in here.
              </Text>
            )}
            {is_cut && (
              <Text size="sm" c="dimmed" p="sm">
                There is more; only the first 2,000 are shown.
              </Text>
            )}
          </div>
        )}
      </Loaded>
      <Group justify="flex-end">
        <Button disabled={here === null} onClick={() => here && onChoose(here)}>
          {here === null ? "Choose this folder" : `Choose ${here.name}`}
        </Button>
      </Group>
    </Stack>
  );
}
