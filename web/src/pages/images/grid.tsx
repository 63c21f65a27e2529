/** The images as a grid. Only what is on screen exists, so a hundred thousand are as quick as ten. */

import { Badge, Checkbox, Text } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useQueries } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";
import { Link } from "wouter";
import { fetchPage, type ImageLine, type ImageQuery, queryText } from "../../api/images.ts";
import { formatShare } from "../../ui/format.ts";
import { Coverage } from "../../ui/parts.tsx";
import { InBasket } from "../../ui/thumb.tsx";

export const PAGE = 120;
const CELL_PX = 184;
const ROW_PX = 196;
const GAP_PX = 12;

const STATE_COLORS: Readonly<Record<ImageLine["state"], string>> = {
  unlabelled: "gray",
  draft: "gray",
  submitted: "accent",
  accepted: "teal",
  returned: "orange",
};

export function Grid({
  query,
  total,
  chosen,
  onChoose,
}: {
  query: ImageQuery;
  total: number;
  chosen: ReadonlySet<string>;
  onChoose: (index: number, line: ImageLine, isOn: boolean, isRange: boolean) => void;
}) {
  const { ref: measured, width } = useElementSize();
  const scroller = useRef<HTMLDivElement>(null);
  const columns = Math.max(1, Math.floor((width + GAP_PX) / (CELL_PX + GAP_PX)));
  const rows = useVirtualizer({
    count: Math.ceil(total / columns),
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 3,
  });
  const shown = rows.getVirtualItems();
  const first = (shown[0]?.index ?? 0) * columns;
  const end = Math.min(total, ((shown.at(-1)?.index ?? 0) + 1) * columns);
  const pages: number[] = [];
  for (let page = Math.floor(first / PAGE); page * PAGE < end; page++) pages.push(page);
  const words = queryText(query);
  const found = useQueries({
    queries: pages.map((page) => ({
      queryKey: ["images", "page", words, page],
      queryFn: () => fetchPage(query, page * PAGE, PAGE),
      placeholderData: undefined,
    })),
  });
  const lineAt = (index: number): ImageLine | null => {
    const place = pages.indexOf(Math.floor(index / PAGE));
    return found[place]?.data?.items[index % PAGE] ?? null;
  };
  return (
    <div
      ref={scroller}
      style={{ height: "calc(100vh - 15rem)", minHeight: 320, overflowY: "auto" }}
      data-grid
    >
      <div
        ref={measured}
        style={{ height: rows.getTotalSize(), position: "relative" }}
        role="list"
        aria-label="Images"
      >
        {shown.map((row) => (
          <div
            key={row.key}
            style={{
              position: "absolute",
              top: row.start,
              left: 0,
              right: 0,
              height: ROW_PX,
              display: "grid",
              gap: GAP_PX,
              gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
            }}
          >
            {Array.from({ length: columns }, (_, k) => row.index * columns + k)
              .filter((index) => index < total)
              .map((index) => {
                const line = lineAt(index);
                return line === null ? (
                  <div key={index} style={{ background: "var(--ts-line)", height: ROW_PX - GAP_PX }} />
                ) : (
                  <Cell
                    key={line.id}
                    line={line}
                    words={words}
                    isChosen={chosen.has(line.id)}
                    onChoose={(isOn, isRange) => onChoose(index, line, isOn, isRange)}
                  />
                );
              })}
          </div>
        ))}
      </div>
    </div>
  );
}

function Cell({
  line,
  words,
  isChosen,
  onChoose,
}: {
  line: ImageLine;
  words: string;
  isChosen: boolean;
  onChoose: (isOn: boolean, isRange: boolean) => void;
}) {
  return (
    <div role="listitem" style={{ position: "relative", minWidth: 0 }}>
      <Link
        href={`/images/${line.id}${words ? `?${words}` : ""}`}
        style={{ display: "block", textDecoration: "none", color: "inherit" }}
        title={`${line.name}, ${line.width} × ${line.height}`}
      >
        <img
          src={`/v1/images/${line.id}/thumbnail?side=320`}
          alt=""
          loading="lazy"
          decoding="async"
          style={{
            width: "100%",
            height: 132,
            objectFit: "cover",
            display: "block",
            background: "var(--ts-line)",
            outline: isChosen ? "3px solid var(--mantine-primary-color-filled)" : "none",
          }}
        />
        <Coverage share={line.labelled_share} label="Labelled" />
        <div style={{ display: "flex", gap: 6, alignItems: "baseline", justifyContent: "space-between" }}>
          <Text size="xs" className="ts-tail">
            <bdi>{line.name}</bdi>
          </Text>
          {line.state === "unlabelled" ? null : line.state === "draft" ? (
            <Text size="xs" c="dimmed" style={{ flex: "none" }}>
              {formatShare(line.labelled_share, 0)}
            </Text>
          ) : (
            <Badge
              size="xs"
              variant="light"
              color={STATE_COLORS[line.state]}
              tt="none"
              style={{ flex: "none" }}
            >
              {line.state}
            </Badge>
          )}
        </div>
      </Link>
      <Checkbox
        size="xs"
        aria-label={`Choose ${line.name}`}
        checked={isChosen}
        onChange={() => {}}
        onClick={(event) => onChoose(!isChosen, event.shiftKey)}
        style={{ position: "absolute", top: 6, left: 6 }}
      />
      <InBasket image={line} />
    </div>
  );
}
