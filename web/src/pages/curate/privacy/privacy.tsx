/** Privacy: what was found is looked over, most doubtful first; then filled; then checked by sample. */

import { Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { fetchRedactions, type RedactionState } from "../../../api/redactions.ts";
import { formatCount } from "../../../ui/format.ts";
import { OneOf } from "../../../ui/one_of.tsx";
import { Empty, Loaded } from "../../../ui/parts.tsx";
import { Ask } from "../ask.tsx";
import { Audit } from "./audit.tsx";
import { Queue } from "./queue.tsx";
import "./privacy.css";

type View = "open" | "reviewed" | "covered" | "clear" | "audit";

const STATES: Readonly<Record<Exclude<View, "audit">, readonly RedactionState[]>> = {
  open: ["proposed"],
  reviewed: ["reviewed"],
  covered: ["redacted", "destroyed"],
  clear: ["clear"],
};

export default function Privacy() {
  const [view, setView] = useState<View>("open");
  const everything = useQuery({
    queryKey: ["redactions", "counts"],
    queryFn: () => fetchRedactions({ states: [] }, 0, 1),
  });
  return (
    <Loaded query={everything} what="Counting redactions …">
      {({ by_state }) => {
        const count = (name: Exclude<View, "audit">): number =>
          STATES[name].reduce((sum, state) => sum + (by_state[state] ?? 0), 0);
        const total = count("open") + count("reviewed") + count("covered") + count("clear");
        if (total === 0) {
          return (
            <Empty
              icon="hidden"
              title="No image was searched for faces and plates yet"
              action={
                <Ask kind="privacy" verb="Search" isMain>
                  Search the images
                </Ask>
              }
            >
              Faces, number plates, heads and vehicle fronts are proposed as areas. You look over the doubtful
              ones, draw what was missed, and then the areas are covered: the original moves into a vault
              until you destroy it.
            </Empty>
          );
        }
        return (
          <>
            <Group justify="space-between" mb="md">
              <OneOf<View>
                label="Which images"
                options={{
                  open: `To review ${formatCount(count("open"))}`,
                  reviewed: `Reviewed ${formatCount(count("reviewed"))}`,
                  covered: `Covered ${formatCount(count("covered"))}`,
                  clear: `Clear ${formatCount(count("clear"))}`,
                  audit: "Audit",
                }}
                value={view}
                onChange={setView}
                size="sm"
              />
              <Group gap="xs">
                <Ask kind="privacy" verb="Search">
                  Search
                </Ask>
                <Ask kind="redact" verb="Cover" isMain={count("open") === 0 && count("reviewed") > 0}>
                  Cover
                </Ask>
                <Ask kind="destroy" verb="Destroy">
                  Destroy originals
                </Ask>
              </Group>
            </Group>
            {view === "audit" ? <Audit /> : <Queue key={view} states={STATES[view]} />}
            <Text size="xs" c="dimmed" mt="md" maw="44rem">
              What no detector saw and nobody drew stays visible. The audit tells how much that may be: look
              at a random sample of covered images and say what was missed.
            </Text>
          </>
        );
      }}
    </Loaded>
  );
}
