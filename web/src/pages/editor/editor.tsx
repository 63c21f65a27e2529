/** The label editor: the canvas, and everything around it. */

import "./editor.css";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useSearch } from "wouter";
import { useOffered } from "../../actions/registry.ts";
import { api, must } from "../../api/client.ts";
import { type ImageQuery, readQuery } from "../../api/images.ts";
import { activeClasses } from "../../api/taxonomies.ts";
import type { CanvasEngine } from "../../canvas/engine.ts";
import type { Rect } from "../../canvas/space.ts";
import { Dialogs } from "../../ui/command_palette.tsx";
import { notify, notifyProblem } from "../../ui/notices.tsx";
import { Loaded, useTitle } from "../../ui/parts.tsx";
import { editorActions } from "./actions/index.ts";
import { useBands } from "./bands.ts";
import { setClass, setLook, useChoice } from "./choice.ts";
import { ClassList } from "./classes.tsx";
import { DraftsDialog } from "./drafts.tsx";
import { useFlow } from "./flow.ts";
import { useHeldKeys } from "./held_keys.ts";
import { HistoryPanel } from "./history_panel.tsx";
import { ComparePanel, LookPanel, PicturePanel } from "./look_panel.tsx";
import { ObjectsPanel } from "./objects_panel.tsx";
import { WhoIsPainting } from "./person.tsx";
import { Trouble } from "./saved.tsx";
import { useStatus } from "./status.ts";
import { StatusBar } from "./status_bar.tsx";
import { ToolOptions, ToolRail } from "./toolbar.tsx";
import { TopBar } from "./top_bar.tsx";
import { type Opened, openImage, useEngine } from "./use_engine.ts";

export default function Editor({ imageId }: { imageId: string }) {
  const search = useSearch();
  const query = readQuery(search);
  const opened = useQuery({
    queryKey: ["editor", imageId, query.taxonomy ?? ""],
    queryFn: () => openImage(imageId, query.taxonomy),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  return (
    <>
      <WhoIsPainting />
      <Loaded query={opened} what="Opening the image …">
        {(data) => (
          <Open
            key={data.annotation.id}
            opened={data}
            query={query}
            part={new URLSearchParams(search).get("window")}
            onStale={opened.refetch}
          />
        )}
      </Loaded>
      <Dialogs />
    </>
  );
}

/** The part of the image that the address names; null if that is all of it. */
function readWindow(text: string | null, image: { width: number; height: number }): Rect | null {
  const [x, y, width, height] = text?.split(",").map(Number) ?? [];
  if (x === undefined || y === undefined || width === undefined || height === undefined) return null;
  const isWhole = x <= 0 && y <= 0 && x + width >= image.width && y + height >= image.height;
  return isWhole ? null : { x0: x, y0: y, x1: x + width, y1: y + height };
}

function Open({
  opened,
  query,
  part,
  onStale,
}: {
  opened: Opened;
  query: ImageQuery;
  /** The part of the image that is to be labelled, as "x,y,width,height". */
  part: string | null;
  onStale: () => void;
}) {
  const { image, annotation, taxonomy } = opened;
  const canvas = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const [parts, setParts] = useState<{ canvas: HTMLCanvasElement; overlay: HTMLCanvasElement } | null>(null);
  const target = useMemo(() => readWindow(part, image), [part, image]);
  useEffect(() => {
    if (canvas.current && overlay.current) setParts({ canvas: canvas.current, overlay: overlay.current });
  }, []);
  const engine = useEngine(opened, parts, target, onStale);
  useEffect(() => {
    const classes = activeClasses(taxonomy);
    const { classNumber } = useChoice.getState();
    const isKnown = classes.some((c) => c.number === classNumber) || classNumber === 65_535;
    if (!isKnown && classes[0]) setClass(classes[0].number);
    setLook({ hidden: new Set(), solo: null, compare: "off" });
    useChoice.setState({ locks: { only: null, protect: new Set() } });
    useBands.setState({ bands: [], index: "" });
  }, [taxonomy]);
  useTitle(image.name);
  const tool = useChoice((choice) => choice.tool);
  const canPaint = useStatus((status) => status.canPaint);
  const message = useStatus((status) => status.message);
  return (
    <div className="ts-editor">
      {engine === null ? (
        <div className="ts-top" />
      ) : (
        <Around engine={engine} opened={opened} query={query} onStale={onStale} />
      )}
      <ToolRail />
      <main className="ts-middle" id="main">
        <h1 style={{ position: "absolute", left: -9999 }}>{image.name}</h1>
        <ToolOptions taxonomy={taxonomy} />
        <div
          className="ts-canvas"
          data-tool={tool}
          data-far={canPaint ? undefined : true}
          data-ready={engine === null ? undefined : true}
          data-annotation={annotation.id}
        >
          {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: this canvas takes no focus, the one above it does */}
          <canvas ref={canvas} aria-hidden="true" />
          {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: arrow keys paint here, which is what an application is */}
          <canvas
            ref={overlay}
            tabIndex={0}
            role="application"
            aria-label={`${image.name}: paint with the pointer, or with the arrow keys and T`}
          />
          {engine !== null && <Trouble engine={engine} />}
          {message && (
            <div className="ts-note" role="status">
              {message}
            </div>
          )}
        </div>
      </main>
      <StatusBar opened={opened} engine={engine} />
    </div>
  );
}

/** Everything that needs the engine: the bar above, the panels, the actions. */
function Around({
  engine,
  opened,
  query,
  onStale,
}: {
  engine: CanvasEngine;
  opened: Opened;
  query: ImageQuery;
  onStale: () => void;
}) {
  const { image, annotation, taxonomy } = opened;
  const [showsDrafts, setShowsDrafts] = useState(false);
  const queries = useQueryClient();
  const saved = useStatus((status) => status.savedRevision);
  const revisions = useQuery({
    queryKey: ["revisions", annotation.id, saved],
    queryFn: async () =>
      must(
        await api.GET("/v1/annotations/{annotation_id}/revisions", {
          params: { path: { annotation_id: annotation.id } },
        }),
      ),
    placeholderData: (before) => before,
  });
  const restore = useMutation({
    mutationFn: async (revision: number) => {
      await engine.sync.flush();
      must(
        await api.POST("/v1/annotations/{annotation_id}/revisions/{revision}/restore", {
          params: { path: { annotation_id: annotation.id, revision } },
        }),
      );
    },
    onSuccess: (_, revision) => {
      notify(`The labels are as they were in revision ${revision}.`);
      onStale();
    },
    onError: notifyProblem,
  });
  const flow = useFlow(engine, opened, query, { openDrafts: () => setShowsDrafts(true) });
  const actions = useMemo(() => editorActions(engine, taxonomy, flow.doors), [engine, taxonomy, flow.doors]);
  useOffered("editor", actions);
  useHeldKeys(engine);
  useEffect(() => () => void queries.invalidateQueries({ queryKey: ["images"] }), [queries]);
  const close = useCallback(() => setShowsDrafts(false), []);
  return (
    <>
      <TopBar engine={engine} opened={opened} flow={flow} />
      <aside className="ts-side" aria-label="Classes, view and history">
        <details open>
          <summary>Classes</summary>
          <ClassList taxonomy={taxonomy} totalPx={image.width * image.height} />
        </details>
        <details open>
          <summary>View</summary>
          <LookPanel />
        </details>
        <details>
          <summary>Compare</summary>
          <ComparePanel
            engine={engine}
            imageId={image.id}
            annotationId={annotation.id}
            revisions={revisions.data ?? []}
          />
        </details>
        <details>
          <summary>Picture</summary>
          <PicturePanel image={image} />
        </details>
        <details>
          <summary>Objects</summary>
          <ObjectsPanel engine={engine} taxonomy={taxonomy} />
        </details>
        <details>
          <summary>History</summary>
          <HistoryPanel revisions={revisions.data ?? []} head={saved} onRestore={(n) => restore.mutate(n)} />
        </details>
      </aside>
      {showsDrafts && <DraftsDialog engine={engine} imageId={image.id} taxonomy={taxonomy} onClose={close} />}
    </>
  );
}
