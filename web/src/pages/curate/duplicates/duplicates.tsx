/** Duplicates: pairs to judge, one at a time, or groups of copies to leave out. */

import { Group, Select, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { fetchPairs, PAIR_KINDS, type PairKind, type PairQuery, type Verdict } from "../../../api/pairs.ts";
import { formatCount } from "../../../ui/format.ts";
import { OneOf } from "../../../ui/one_of.tsx";
import { Empty, Loaded } from "../../../ui/parts.tsx";
import { Ask } from "../ask.tsx";
import { Groups } from "./groups.tsx";
import { Pairs } from "./pairs.tsx";
import "./duplicates.css";

type View = "pairs" | "groups";
type Judged = Verdict | "none" | "all";

const JUDGED: Readonly<Record<Judged, string>> = {
  none: "To judge",
  same: "Same",
  different: "Different",
  all: "All",
};

export default function Duplicates() {
  const [view, setView] = useState<View>("pairs");
  const [kind, setKind] = useState<PairKind | null>(null);
  const [judged, setJudged] = useState<Judged>("none");
  const everything = useQuery({
    queryKey: ["pairs", "all"],
    queryFn: () => fetchPairs({ kind: null, verdict: null }, 0, 1),
  });
  return (
    <Loaded query={everything} what="Counting pairs …">
      {({ total, by_kind }) => {
        if (total === 0) {
          return (
            <Empty
              icon="images"
              title="No two images were found to be the same"
              action={
                <Ask kind="duplicates" verb="Find them" isMain>
                  Find duplicates
                </Ask>
              }
            >
              Each image is compared with all others, mirrored and in parts too. What is found is shown here
              side by side, with the reason; it is left out only if you say so.
            </Empty>
          );
        }
        const query: PairQuery = { kind, verdict: judged === "all" ? null : judged };
        return (
          <>
            <Group justify="space-between" mb="md">
              <Group gap="sm">
                <OneOf<View>
                  label="What is shown"
                  options={{ pairs: "Pairs", groups: "Groups" }}
                  value={view}
                  onChange={setView}
                  size="sm"
                />
                {view === "pairs" && (
                  <>
                    <Select
                      aria-label="Kind of pair"
                      size="sm"
                      w="13rem"
                      placeholder="Every kind"
                      data={Object.entries(PAIR_KINDS)
                        .filter(([name]) => by_kind[name])
                        .map(([value, label]) => ({
                          value,
                          label: `${label} (${formatCount(by_kind[value] ?? 0)})`,
                        }))}
                      value={kind}
                      onChange={(chosen) => setKind(chosen as PairKind | null)}
                      clearable
                    />
                    <OneOf<Judged>
                      label="What was said of them"
                      options={JUDGED}
                      value={judged}
                      onChange={setJudged}
                      size="sm"
                    />
                  </>
                )}
              </Group>
              <Ask kind="duplicates" verb="Find them">
                Look again
              </Ask>
            </Group>
            {view === "pairs" ? <Pairs key={`${kind} ${judged}`} query={query} /> : <Groups />}
            <Text size="xs" c="dimmed" mt="md" maw="44rem">
              “Moments apart” is one view of a standing camera in which something has moved. Such images stay
              in the lists, but are never split between training and validation.
            </Text>
          </>
        );
      }}
    </Loaded>
  );
}
