/** Images to look over, most doubtful first: the list at the left, the picture at the right. */

import { Text } from "@mantine/core";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { fetchRedactions, type Redaction, type RedactionState } from "../../../api/redactions.ts";
import { formatCount } from "../../../ui/format.ts";
import { LongList } from "../../../ui/long_list.tsx";
import { Loaded } from "../../../ui/parts.tsx";
import { thumbnailOf } from "../../../ui/thumb.tsx";
import { Reviewer } from "./reviewer.tsx";

const ROW_PX = 60;

export function Queue({
  states = [],
  audit = null,
}: {
  states?: readonly RedactionState[];
  /** Only the images that this audit drew. */
  audit?: string | null;
}) {
  const [place, setPlace] = useState(0);
  const queries = useQueryClient();
  const filter = { states, audit };
  const key = ["redactions", states.join(" "), audit ?? ""];
  const count = useQuery({
    queryKey: [...key, "count"],
    queryFn: async () => (await fetchRedactions(filter, 0, 1)).total,
  });
  const total = count.data ?? 0;
  const at = Math.min(place, total - 1);
  const shown = useQuery({
    queryKey: [...key, "one", at],
    queryFn: async () => (await fetchRedactions(filter, at, 1)).items[0] ?? null,
    enabled: total > 0,
    placeholderData: keepPreviousData,
  }).data;
  return (
    <Loaded query={count} what="Counting images …">
      {() =>
        total === 0 ? (
          <Text c="dimmed" py="lg">
            {states.includes("proposed") ? "Everything was looked over." : "There is no such image."}
          </Text>
        ) : (
          <div className="ts-judging">
            <LongList<Redaction>
              name="Images"
              total={total}
              rowPx={ROW_PX}
              height="calc(100vh - 15rem)"
              queryKey={key}
              fetchPage={async (offset, limit) => (await fetchRedactions(filter, offset, limit)).items}
              at={at}
            >
              {(item, index) => (
                <button
                  type="button"
                  className="ts-pair-row"
                  aria-current={index === at}
                  onClick={() => setPlace(index)}
                >
                  <img src={thumbnailOf(item.image_id, 160)} alt="" loading="lazy" />
                  <span>
                    {item.name}
                    <br />
                    {areasIn(item)}
                  </span>
                </button>
              )}
            </LongList>
            {shown && (
              <Reviewer
                key={`${shown.image_id} ${shown.state}`}
                redaction={shown}
                place={`${formatCount(at + 1)} of ${formatCount(total)}`}
                isAudit={audit !== null}
                onMove={(by) => setPlace(Math.max(0, Math.min(total - 1, at + by)))}
                onDone={async (leaves) => {
                  if (!leaves) setPlace(Math.min(total - 1, at + 1));
                  await queries.invalidateQueries({ queryKey: ["redactions"] });
                }}
              />
            )}
          </div>
        )
      }
    </Loaded>
  );
}

function areasIn({ areas, doubt }: Redaction): string {
  const n = areas.filter((area) => area.keep).length;
  const words = n === 0 ? "nothing to cover" : `${n} ${n === 1 ? "area" : "areas"}`;
  return doubt > 0 ? `${words}, doubt ${doubt.toFixed(2)}` : words;
}
