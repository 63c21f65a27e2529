/** Who is painting: asked once per browser. */

import { Button, ColorSwatch, Group, Modal, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useEffect, useState } from "react";
import { create } from "zustand";
import { api, must } from "../../api/client.ts";
import { PERSON_COLORS, type Person, rememberPerson, usePerson } from "../../api/person.ts";
import { useSession } from "../../api/session.ts";
import { notifyProblem } from "../../ui/notices.tsx";

const useAsking = create<{ isAsking: boolean }>(() => ({ isAsking: false }));

export const askPerson = (): void => useAsking.setState({ isAsking: true });

async function introduce(person: Person): Promise<void> {
  rememberPerson(person);
  useAsking.setState({ isAsking: false });
  try {
    must(await api.POST("/v1/people", { body: person }));
  } catch (error) {
    notifyProblem(error);
  }
}

/** Ask who it is, unless that is known or was said on the command line. */
export function WhoIsPainting() {
  const { data: session } = useSession();
  const person = usePerson((store) => store.person);
  const isAsking = useAsking((store) => store.isAsking);
  const preset = session?.preset_person ?? null;
  useEffect(() => {
    if (person === null && preset !== null) void introduce({ name: preset, color: PERSON_COLORS[0] });
  }, [person, preset]);
  const isUnknown = person === null && session !== undefined && preset === null;
  return isAsking || isUnknown ? <PersonDialog known={person} /> : null;
}

function PersonDialog({ known }: { known: Person | null }) {
  const [name, setName] = useState(known?.name ?? "");
  const [color, setColor] = useState<string>(known?.color ?? PERSON_COLORS[0]);
  return (
    <Modal
      opened
      onClose={() => useAsking.setState({ isAsking: false })}
      withCloseButton={known !== null}
      closeOnEscape={known !== null}
      closeOnClickOutside={known !== null}
      title="Who is painting?"
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void introduce({ name: name.trim(), color });
        }}
      >
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            Your name goes with every save, so that the history says who did what. It stays on this computer.
          </Text>
          <TextInput
            label="Name"
            data-autofocus
            value={name}
            maxLength={80}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Group gap="xs" role="radiogroup" aria-label="Colour">
            {PERSON_COLORS.map((one, k) => (
              <UnstyledButton
                key={one}
                role="radio"
                aria-checked={color === one}
                aria-label={`Colour ${k + 1}`}
                onClick={() => setColor(one)}
              >
                <ColorSwatch
                  color={one}
                  size={26}
                  style={{ outline: color === one ? "2px solid var(--ts-ink)" : "none", outlineOffset: 2 }}
                />
              </UnstyledButton>
            ))}
          </Group>
          <Group justify="flex-end">
            <Button type="submit" disabled={name.trim() === ""}>
              {known === null ? "Begin" : "Go on as this person"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
