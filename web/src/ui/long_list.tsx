/** A list of any length, fetched page by page; only what is on screen exists. */

import { useQueries } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useRef } from "react";

const PAGE = 100;

export function LongList<Item>({
  name,
  total,
  rowPx,
  height,
  queryKey,
  fetchPage,
  at,
  children,
}: {
  /** What the list holds, for those who cannot see it. */
  name: string;
  total: number;
  rowPx: number;
  height: string;
  queryKey: readonly unknown[];
  fetchPage: (offset: number, limit: number) => Promise<readonly Item[]>;
  /** The row that is kept in view. */
  at?: number;
  children: (item: Item, index: number) => ReactNode;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 4,
  });
  const shown = rows.getVirtualItems();
  const end = (shown.at(-1)?.index ?? -1) + 1;
  const pages: number[] = [];
  for (let page = Math.floor((shown[0]?.index ?? 0) / PAGE); page * PAGE < end; page++) pages.push(page);
  const found = useQueries({
    queries: pages.map((page) => ({
      queryKey: [...queryKey, page],
      queryFn: () => fetchPage(page * PAGE, PAGE),
    })),
  });
  const scrollTo = useRef(rows.scrollToIndex);
  scrollTo.current = rows.scrollToIndex;
  useEffect(() => {
    if (at !== undefined && at >= 0) scrollTo.current(at, { align: "auto" });
  }, [at]);
  return (
    <div
      ref={scroller}
      className="ts-long-list"
      style={{ "--ts-height": height } as React.CSSProperties}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by keyboard
      tabIndex={0}
      role="group"
      aria-label={name}
    >
      <ul style={{ height: rows.getTotalSize() }}>
        {shown.map((row) => {
          const item = found[pages.indexOf(Math.floor(row.index / PAGE))]?.data?.[row.index % PAGE];
          return (
            <li
              key={row.key}
              style={{ height: rowPx, transform: `translateY(${row.start}px)` }}
              aria-setsize={total}
              aria-posinset={row.index + 1}
            >
              {item === undefined ? null : children(item, row.index)}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
