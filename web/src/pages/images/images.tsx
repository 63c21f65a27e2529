/** Images: the grid, its filters, what can be done with many at once, and dropping files. */

import { Button, FileButton, Group, Modal, Text } from "@mantine/core";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Link, useLocation, useSearch } from "wouter";
import {
  fetchIds,
  fetchNext,
  fetchPage,
  type ImageLine,
  type ImageQuery,
  queryText,
  readQuery,
} from "../../api/images.ts";
import { filesIn } from "../../api/uploads.ts";
import { formatCount } from "../../ui/format.ts";
import { leaveOut } from "../../ui/leave_out.ts";
import { NameSelection } from "../../ui/name_selection.tsx";
import { notify, notifyProblem } from "../../ui/notices.tsx";
import { Empty, Loaded, Page } from "../../ui/parts.tsx";
import { Filters } from "./filters.tsx";
import { Grid } from "./grid.tsx";
import { UploadPanel, upload } from "./uploads.tsx";

const NOTHING: ReadonlySet<string> = new Set();

export default function Images() {
  const search = useSearch();
  const [, go] = useLocation();
  const queries = useQueryClient();
  const query = readQuery(search);
  const words = queryText(query);
  const [chosen, setChosen] = useState(NOTHING);
  const [isOver, setIsOver] = useState(false);
  const last = useRef<number | null>(null);
  const count = useQuery({
    queryKey: ["images", "count", words],
    queryFn: async () => (await fetchPage(query, 0, 1)).total,
    placeholderData: keepPreviousData,
  });
  const change = (next: ImageQuery): void => {
    setChosen(NOTHING);
    last.current = null;
    const text = queryText(next);
    go(`/images${text ? `?${text}` : ""}`, { replace: true });
  };
  const choose = async (index: number, line: ImageLine, isOn: boolean, isRange: boolean): Promise<void> => {
    const next = new Set(chosen);
    let ids = [line.id];
    if (isRange && last.current !== null) {
      const [from, to] = [Math.min(last.current, index), Math.max(last.current, index)];
      ids = (await fetchPage(query, from, Math.min(500, to - from + 1))).items.map((item) => item.id);
    }
    for (const id of ids) isOn ? next.add(id) : next.delete(id);
    last.current = index;
    setChosen(next);
  };
  const drop = async (event: React.DragEvent): Promise<void> => {
    event.preventDefault();
    setIsOver(false);
    upload(await filesIn(event.dataTransfer.items), queries);
  };
  const labelNext = async (): Promise<void> => {
    try {
      const next = await fetchNext(query, null);
      if (next === null) notify("Everything in this list is done.");
      else go(`/images/${next.image_id}?${words ? `${words}&` : ""}queue=1`);
    } catch (error) {
      notifyProblem(error);
    }
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping files is the second way, the button is the first
    <div
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={drop}
      style={
        isOver ? { outline: "3px dashed var(--mantine-primary-color-filled)", outlineOffset: -6 } : undefined
      }
    >
      <Page
        title="Images"
        actions={
          <>
            <FileButton
              multiple
              onChange={(files) =>
                upload(
                  files.map((file) => ({ file, path: file.name })),
                  queries,
                )
              }
            >
              {(props) => (
                <Button {...props} variant="default" size="sm">
                  Add files …
                </Button>
              )}
            </FileButton>
            <Button component={Link} href="/collect" variant="default" size="sm">
              Collect …
            </Button>
            <Button
              component={Link}
              href={query.selection ? `/export?selection=${query.selection}` : "/export"}
              variant="default"
              size="sm"
            >
              Export …
            </Button>
            <Button size="sm" onClick={labelNext} disabled={!count.data}>
              Label the next
            </Button>
          </>
        }
      >
        <UploadPanel />
        <Filters query={query} onChange={change} />
        <Loaded query={count} what="Counting images …">
          {(total) =>
            total === 0 && words === "" ? (
              <Empty icon="images" title="No images yet">
                Drop a folder of photos on this page, add files, or collect a folder where it lies: then
                nothing is copied. GeoTIFFs of any size are welcome.
              </Empty>
            ) : (
              <>
                <Chosen total={total} query={query} chosen={chosen} onChange={setChosen} />
                {total === 0 ? (
                  <Text c="dimmed">No image matches these filters.</Text>
                ) : (
                  <Grid query={query} total={total} chosen={chosen} onChoose={choose} />
                )}
              </>
            )
          }
        </Loaded>
      </Page>
    </div>
  );
}

function Chosen({
  total,
  query,
  chosen,
  onChange,
}: {
  total: number;
  query: ImageQuery;
  chosen: ReadonlySet<string>;
  onChange: (chosen: ReadonlySet<string>) => void;
}) {
  const queries = useQueryClient();
  const [isNaming, setIsNaming] = useState(false);
  const ids = [...chosen];
  const remove = async (): Promise<void> => {
    if (await leaveOut(ids, queries)) onChange(NOTHING);
  };
  return (
    <Group gap="xs" mb="xs" mih={30}>
      <Text size="sm" c="dimmed">
        {formatCount(total)} {total === 1 ? "image" : "images"}
        {chosen.size > 0 && `, ${formatCount(chosen.size)} chosen`}
      </Text>
      <Button
        size="compact-sm"
        variant="subtle"
        disabled={total === 0}
        onClick={async () => onChange(new Set(await fetchIds(query)))}
      >
        Choose all
      </Button>
      {chosen.size > 0 && (
        <>
          <Button size="compact-sm" variant="subtle" color="gray" onClick={() => onChange(NOTHING)}>
            Choose none
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => setIsNaming(true)}>
            Keep as a selection …
          </Button>
          <Button size="compact-sm" variant="default" onClick={remove}>
            Remove from the list
          </Button>
        </>
      )}
      <Modal opened={isNaming} onClose={() => setIsNaming(false)} title="Keep as a selection">
        {isNaming && (
          <NameSelection
            ids={ids}
            onDone={async () => {
              setIsNaming(false);
              onChange(NOTHING);
              await queries.invalidateQueries();
            }}
          />
        )}
      </Modal>
    </Group>
  );
}
