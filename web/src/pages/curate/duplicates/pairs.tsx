/** Pairs, one at a time: a list beside the picture, and a judgement by key. */

import { Badge, Button, Group, Kbd, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { shownKeys } from "../../../actions/action.ts";
import { useOffered } from "../../../actions/registry.ts";
import {
  fetchPairs,
  judgePair,
  PAIR_KINDS,
  type Pair,
  type PairQuery,
  type Verdict,
} from "../../../api/pairs.ts";
import { asSentence, formatCount } from "../../../ui/format.ts";
import { LongList } from "../../../ui/long_list.tsx";
import { notify, notifyProblem } from "../../../ui/notices.tsx";
import { Loaded } from "../../../ui/parts.tsx";
import { thumbnailOf } from "../../../ui/thumb.tsx";
import type { PairDetail } from "./laying.ts";
import { PAIR_VIEWS, PairView, type PairViewName } from "./pair_view.tsx";

const ROW_PX = 68;
const WORDS: Readonly<Record<Verdict, string>> = {
  same: "the same picture",
  different: "different pictures",
};

export function Pairs({ query }: { query: PairQuery }) {
  const key = ["pairs", "list", query.kind ?? "", query.verdict ?? ""];
  const count = useQuery({
    queryKey: [...key, "count"],
    queryFn: async () => (await fetchPairs(query, 0, 1)).total,
  });
  return (
    <Loaded query={count} what="Counting pairs …">
      {(total) =>
        total === 0 ? (
          <Text c="dimmed" py="lg">
            {query.verdict === "none"
              ? "Every pair of this kind was judged, or stands as it was found."
              : "There is no such pair."}
          </Text>
        ) : (
          <Judging query={query} queryKey={key} total={total} />
        )
      }
    </Loaded>
  );
}

function Judging({
  query,
  queryKey,
  total,
}: {
  query: PairQuery;
  queryKey: readonly string[];
  total: number;
}) {
  const queries = useQueryClient();
  const [place, setPlace] = useState(0);
  const [view, setView] = useState<PairViewName>("side");
  const at = Math.min(place, total - 1);
  const shown = useQuery({
    queryKey: [...queryKey, "one", at],
    queryFn: async () => (await fetchPairs(query, at, 1)).items[0] ?? null,
    placeholderData: (before) => before,
  });
  const pair = shown.data ?? null;
  const judge = async (verdict: Verdict | null): Promise<void> => {
    if (pair === null) return;
    const before = pair.verdict;
    try {
      await judgePair(pair, verdict);
      // A list of what is still to judge grows shorter under the place; any other list does not.
      if (query.verdict === null && verdict !== null) setPlace(Math.min(at + 1, total - 1));
      await queries.invalidateQueries({ queryKey: ["pairs"] });
      if (verdict === null) return;
      notify(`${pair.first.name} and ${pair.second.name}: ${WORDS[verdict]}.`, {
        label: "Undo",
        run: () => {
          judgePair(pair, before)
            .then(() => queries.invalidateQueries({ queryKey: ["pairs"] }))
            .catch(notifyProblem);
        },
      });
    } catch (error) {
      notifyProblem(error);
    }
  };
  const doors = useRef({ judge, at, total, pair });
  doors.current = { judge, at, total, pair };
  const actions = useMemo(() => {
    const go = (by: number) => () => {
      const { at: here, total: all } = doors.current;
      setPlace(Math.max(0, Math.min(all - 1, here + by)));
    };
    const group = "Pairs";
    const said = (verdict: Verdict | null) => () => void doors.current.judge(verdict);
    return [
      { id: "pair same", title: "The same picture", group, keys: ["KeyS"], run: said("same") },
      { id: "pair different", title: "Different pictures", group, keys: ["KeyD"], run: said("different") },
      {
        id: "pair unsaid",
        title: "Take back what was said",
        group,
        keys: ["KeyU"],
        run: said(null),
        isEnabled: () => doors.current.pair?.verdict !== null,
      },
      { id: "pair next", title: "Next pair", group, keys: ["ArrowDown", "KeyJ"], run: go(1) },
      { id: "pair before", title: "Pair before", group, keys: ["ArrowUp", "KeyK"], run: go(-1) },
      ...(Object.keys(PAIR_VIEWS) as PairViewName[]).map((name, k) => ({
        id: `pair view ${name}`,
        title: PAIR_VIEWS[name],
        group,
        keys: [`Digit${k + 1}`],
        run: () => setView(name),
      })),
    ];
  }, []);
  useOffered("pairs", actions);
  return (
    <div className="ts-judging">
      <LongList<Pair>
        name="Pairs"
        total={total}
        rowPx={ROW_PX}
        height="calc(100vh - 15rem)"
        queryKey={queryKey}
        fetchPage={async (offset, limit) => (await fetchPairs(query, offset, limit)).items}
        at={at}
      >
        {(item, index) => (
          <button
            type="button"
            className="ts-pair-row"
            aria-current={index === at}
            onClick={() => setPlace(index)}
          >
            <img src={thumbnailOf(item.first.id, 160)} alt="" loading="lazy" />
            <img src={thumbnailOf(item.second.id, 160)} alt="" loading="lazy" />
            <span>{asSentence(item.reason)}</span>
          </button>
        )}
      </LongList>
      <section aria-label="The pair">
        {pair && (
          <>
            <Group justify="space-between" mb="xs" align="flex-start">
              <div style={{ minWidth: 0 }}>
                <Group gap="xs">
                  <Text fw={650}>{asSentence(pair.reason)}</Text>
                  {pair.verdict && (
                    <Badge variant="light" color={pair.verdict === "same" ? "teal" : "orange"} tt="none">
                      {pair.verdict}
                      {pair.person ? `, says ${pair.person}` : ""}
                    </Badge>
                  )}
                </Group>
                <Text size="xs" c="dimmed">
                  {formatCount(at + 1)} of {formatCount(total)} · {PAIR_KINDS[pair.kind]} · hashes differ in{" "}
                  {pair.distance} of 256 bits
                </Text>
              </div>
              <Group gap="xs" wrap="nowrap">
                {pair.verdict && (
                  <Button variant="subtle" color="gray" onClick={() => judge(null)}>
                    Take back
                  </Button>
                )}
                <Button
                  variant="default"
                  onClick={() => judge("different")}
                  rightSection={<Kbd size="xs">{shownKeys("KeyD")}</Kbd>}
                >
                  Different
                </Button>
                <Button onClick={() => judge("same")} rightSection={<Kbd size="xs">{shownKeys("KeyS")}</Kbd>}>
                  Same picture
                </Button>
              </Group>
            </Group>
            <PairView
              first={pair.first}
              second={pair.second}
              detail={pair.detail as PairDetail}
              view={view}
              onView={setView}
            />
          </>
        )}
      </section>
    </div>
  );
}
