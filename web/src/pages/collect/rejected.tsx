/** What was left out of a source, each with its reason. As long as it is: only what is on screen exists. */

import { Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { fetchRejected } from "../../api/sources.ts";
import { Loaded } from "../../ui/parts.tsx";

const ROW_PX = 58;
const PAGE = 200;
const SHOWN_PX = 320;

export function Rejected({ sourceId }: { sourceId: string }) {
  const scroller = useRef<HTMLDivElement>(null);
  const query = useInfiniteQuery({
    queryKey: ["sources", sourceId, "rejected"],
    queryFn: ({ pageParam }) => fetchRejected(sourceId, pageParam, PAGE),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page.items.length < PAGE ? undefined : page.items.at(-1)?.key),
  });
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
  });
  const shown = rows.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  useEffect(() => {
    if (last >= items.length - 20 && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [last, items.length, hasNextPage, isFetchingNextPage, fetchNextPage]);
  return (
    <Loaded query={query} what="Loading what was left out …">
      {() => (
        <div
          ref={scroller}
          className="ts-rejected"
          style={{ height: Math.min(SHOWN_PX, items.length * ROW_PX) }}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by keyboard
          tabIndex={0}
          role="group"
          aria-label="What was left out"
        >
          <ul style={{ height: rows.getTotalSize() }}>
            {shown.map((row) => {
              const item = items[row.index];
              return (
                <li key={row.key} style={{ height: ROW_PX, transform: `translateY(${row.start}px)` }}>
                  <Text size="xs" className="ts-tail" title={item?.name}>
                    <bdi>{item?.name}</bdi>
                  </Text>
                  <Text size="xs" c="dimmed" lineClamp={2} lh={1.3} title={item?.reason}>
                    {item?.reason}
                  </Text>
                </li>
              );
            })}
          </ul>
        </div>
      )}
    </Loaded>
  );
}
