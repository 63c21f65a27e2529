/** The command palette and the help sheet, both made of the actions that can be done now. */

import { Kbd, Modal, Stack, Table, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import { create } from "zustand";
import { type Action, shownKeys } from "../actions/action.ts";
import { allActions, useActions, useOffered } from "../actions/registry.ts";
import { PLACES } from "../places.ts";
import { Icon } from "./icons.tsx";

const useOpen = create<{ what: "palette" | "help" | null }>(() => ({ what: null }));

export const openHelp = (): void => useOpen.setState({ what: "help" });
export const openPalette = (): void => useOpen.setState({ what: "palette" });

/** The button that opens the palette, and the dialogs themselves. */
export function CommandPalette() {
  return (
    <>
      <button type="button" onClick={openPalette}>
        <Icon name="search" />
        Commands …
      </button>
      <Dialogs />
    </>
  );
}

export function Dialogs() {
  const what = useOpen((store) => store.what);
  const [, go] = useLocation();
  const frame = useMemo<Action[]>(
    () => [
      ...PLACES.map(({ path, name }) => ({
        id: `go ${path}`,
        title: `Go to ${name.toLowerCase()}`,
        group: "Pages",
        keys: [],
        run: () => go(path),
      })),
      {
        id: "palette",
        title: "Find a command …",
        group: "Help",
        keys: ["$mod+KeyK"],
        isGlobal: true,
        run: openPalette,
      },
      { id: "help", title: "Show all shortcuts", group: "Help", keys: ["Shift+?"], run: openHelp },
    ],
    [go],
  );
  useOffered("frame", frame);
  const close = (): void => useOpen.setState({ what: null });
  return (
    <>
      <Modal opened={what === "palette"} onClose={close} title="Find a command" size="lg" yOffset="10vh">
        {what === "palette" && <Palette onDone={close} />}
      </Modal>
      <Modal opened={what === "help"} onClose={close} title="Shortcuts and actions" size="xl">
        {what === "help" && <Help />}
      </Modal>
    </>
  );
}

/** What is the same on every page comes last in the help: one looks there for what the page can do. */
const frameGroups: ReadonlySet<string> = new Set(["Pages", "Help"]);

const isPossible = (action: Action): boolean => action.isEnabled?.() ?? true;

function matches(action: Action, words: readonly string[]): boolean {
  const text = `${action.group} ${action.title}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

function Palette({ onDone }: { onDone: () => void }) {
  const store = useActions();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = allActions(store)
    .filter((action) => action.id !== "palette" && isPossible(action) && matches(action, words))
    .slice(0, 60);
  const at = Math.min(chosen, Math.max(0, found.length - 1));
  const run = (action: Action | undefined): void => {
    if (action === undefined) return;
    onDone();
    // The dialog gives the focus back first.
    setTimeout(() => action.run(), 0);
  };
  const move = (by: number): void => {
    const next = Math.min(found.length - 1, Math.max(0, at + by));
    setChosen(next);
    list.current?.children[next]?.scrollIntoView({ block: "nearest" });
  };
  return (
    <Stack gap="xs">
      <TextInput
        data-autofocus
        aria-label="Find a command"
        role="combobox"
        aria-expanded
        aria-controls="commands"
        aria-activedescendant={found[at] && `command-${at}`}
        placeholder="Brush, train, dark theme …"
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") move(1);
          else if (event.key === "ArrowUp") move(-1);
          else if (event.key === "Enter") run(found[at]);
          else return;
          event.preventDefault();
        }}
      />
      <div
        ref={list}
        id="commands"
        role="listbox"
        aria-label="Commands"
        tabIndex={-1}
        style={{ maxHeight: "50vh", overflowY: "auto" }}
      >
        {found.map((action, index) => (
          <UnstyledButton
            key={action.id}
            id={`command-${index}`}
            role="option"
            aria-selected={index === at}
            tabIndex={-1}
            onClick={() => run(action)}
            style={{
              display: "flex",
              width: "100%",
              gap: 12,
              padding: "0.375rem 0.5rem",
              borderRadius: 3,
              background: index === at ? "var(--ts-line)" : undefined,
            }}
          >
            <Text size="sm" style={{ flex: 1 }}>
              {action.title}
            </Text>
            <Text size="xs" c="dimmed">
              {action.group}
            </Text>
            {action.keys[0] && <Kbd size="xs">{shownKeys(action.keys[0])}</Kbd>}
          </UnstyledButton>
        ))}
      </div>
      {found.length === 0 && (
        <Text size="sm" c="dimmed">
          No command has these words.
        </Text>
      )}
    </Stack>
  );
}

function Help() {
  const store = useActions();
  const groups = new Map<string, Action[]>();
  const isOfFrame = (action: Action): number => (frameGroups.has(action.group) ? 1 : 0);
  for (const action of allActions(store).sort((a, b) => isOfFrame(a) - isOfFrame(b)))
    groups.set(action.group, [...(groups.get(action.group) ?? []), action]);
  return (
    <div style={{ columns: "20rem 2", columnGap: "2rem" }}>
      {[...groups].map(([group, actions]) => (
        <div key={group} style={{ breakInside: "avoid", marginBottom: "1rem" }}>
          <Text fw={600} size="sm" mb={4}>
            {group}
          </Text>
          <Table withRowBorders={false} verticalSpacing={2} horizontalSpacing={4}>
            <Table.Tbody>
              {actions.map((action) => (
                <Table.Tr key={action.id}>
                  <Table.Td>{action.title}</Table.Td>
                  <Table.Td ta="right">
                    {action.keys.map((keys) => (
                      <Kbd key={keys} size="xs" ml={4} style={{ whiteSpace: "nowrap" }}>
                        {shownKeys(keys)}
                      </Kbd>
                    ))}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      ))}
      <Text size="sm" c="dimmed">
        Wheel: zoom at the pointer. Alt and wheel: size of the brush. Middle button or Space: move. Two
        fingers: zoom and move. Shift and click: straight line from the last stroke.
      </Text>
    </div>
  );
}
