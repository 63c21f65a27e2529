/** The form of an export: formats on the left, everything else on the right. */

import { Button, Group, Stack, Text } from "@mantine/core";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import type { Schema } from "../../api/client.ts";
import { fetchPage, queryText } from "../../api/images.ts";
import { useFormats } from "../../api/lists.ts";
import { startRun } from "../../api/runs.ts";
import { useSession } from "../../api/session.ts";
import { formatCount } from "../../ui/format.ts";
import { Empty, Loaded, Problem } from "../../ui/parts.tsx";
import { ClassNames } from "./class_names.tsx";
import { Earlier } from "./earlier.tsx";
import { About, Target, Variant, What } from "./fields.tsx";
import { FormatList } from "./format_list.tsx";
import { answersOf, asQuery, FIRST_WISH, missing, variantOf, type Wish } from "./wish.ts";

export function ExportForm({ selection }: { selection: string | null }) {
  const formats = useFormats();
  const workspace = useSession().data?.workspace ?? "";
  const [wish, setWish] = useState<Wish>(() =>
    selection === null ? FIRST_WISH : { ...FIRST_WISH, from: "selection", selection },
  );
  const change = (part: Partial<Wish>): void => setWish((old) => ({ ...old, ...part }));
  const count = useLabelled(wish);
  const all = useLabelled(FIRST_WISH);
  if (all.data === 0) {
    return (
      <>
        <Empty
          icon="export"
          title="Nothing is labelled yet"
          action={<Link href="/images">Label an image</Link>}
        >
          An export holds labelled images. Label some, or import labels that you have already.
        </Empty>
        <Earlier />
      </>
    );
  }
  return (
    <Loaded query={formats} what="Loading the formats …">
      {(listed) => {
        const format = listed.find((one) => one.name === wish.format);
        return (
          <>
            <div className="ts-export">
              <FormatList
                formats={listed}
                chosen={wish.format}
                onChoose={(name) => change({ format: name, variant: null })}
              />
              <Stack gap="lg">
                {format === undefined ? (
                  <Text size="sm" c="dimmed">
                    Choose a format: what can be said about it comes here.
                  </Text>
                ) : (
                  <Variant format={format} wish={wish} onChange={change} />
                )}
                <What wish={wish} onChange={change} />
                <ClassNames
                  taxonomy={wish.taxonomy}
                  names={wish.names}
                  onChange={(names) => change({ names })}
                />
                <About wish={wish} onChange={change} />
                <Target wish={wish} workspace={workspace} onChange={change} />
                <Start wish={wish} format={format} workspace={workspace} images={count.data ?? null} />
              </Stack>
            </div>
            <Earlier />
          </>
        );
      }}
    </Loaded>
  );
}

/** How many images it would hold, where a list can say. */
function useLabelled(wish: Wish) {
  const query = asQuery(wish);
  return useQuery({
    queryKey: ["images", "labelled", query === null ? "" : queryText(query)],
    queryFn: async () => (query === null ? null : (await fetchPage(query, 0, 1)).total),
    placeholderData: keepPreviousData,
  });
}

function Start({
  wish,
  format,
  workspace,
  images,
}: {
  wish: Wish;
  format: Schema["FormatOut"] | undefined;
  workspace: string;
  images: number | null;
}) {
  const [, go] = useLocation();
  const lacks = images === 0 ? "No labelled image matches this." : missing(wish);
  const start = useMutation({
    mutationFn: () => startRun("export", answersOf(wish, variantOf(format, wish), workspace)),
    onSuccess: (run) => go(`/export?run=${run.id}`),
  });
  return (
    <div className="ts-export-start">
      {start.error !== null && <Problem error={start.error} />}
      <Group>
        <Button onClick={() => start.mutate()} loading={start.isPending} disabled={lacks !== null}>
          {images === null || images === 0
            ? "Export"
            : `Export ${formatCount(images)} ${images === 1 ? "image" : "images"}`}
        </Button>
        <Text size="sm" c="dimmed" role="status">
          {lacks}
        </Text>
      </Group>
    </div>
  );
}
