/** The canvas engine for one image: opened, recovered, followed, and closed again. */

import { useEffect, useState } from "react";
import { ApiError, api, must, type Schema } from "../../api/client.ts";
import {
  fetchPictures,
  fetchRevisionPlanes,
  fetchSuperpixels,
  followAnnotation,
  HttpLabelServer,
} from "../../api/labels.ts";
import { activeClasses, resolvedNumbers, rgbOf, type Taxonomy } from "../../api/taxonomies.ts";
import { CanvasEngine, type EngineEvents } from "../../canvas/engine.ts";
import type { Rect } from "../../canvas/space.ts";
import { type Journal, JournalStore } from "../../canvas/sync/journal.ts";
import { lockName, recover } from "../../canvas/sync/recover.ts";
import { Refused, Unreachable } from "../../canvas/sync/server.ts";
import { formatCount } from "../../ui/format.ts";
import { notify, notifyProblem } from "../../ui/notices.tsx";
import { useBands } from "./bands.ts";
import { resizeBrush, setClass, setLook, useChoice } from "./choice.ts";
import { resetStatus, say, useStatus } from "./status.ts";

export interface Opened {
  readonly image: Schema["ImageOut"];
  readonly annotation: Schema["AnnotationOut"];
  readonly taxonomy: Taxonomy;
}

/** Image, its labels and its classes. */
export async function openImage(imageId: string, taxonomyName: string | undefined): Promise<Opened> {
  const body = { image_id: imageId, layer: "main", ...(taxonomyName ? { taxonomy: taxonomyName } : {}) };
  const [image, annotation] = await Promise.all([
    api.GET("/v1/images/{image_id}", { params: { path: { image_id: imageId } } }).then(must),
    api.POST("/v1/annotations", { body }).then(must),
  ]);
  const { taxonomy } = must(
    await api.GET("/v1/taxonomies/{name}", { params: { path: { name: annotation.taxonomy } } }),
  );
  return { image, annotation, taxonomy };
}

const NO_JOURNAL: Journal = {
  append: () => Promise.resolve(),
  mark: () => Promise.resolve(),
  acknowledge: () => Promise.resolve(),
};

/** Hold a browser lock as long as this page lives, so that other tabs leave its journal alone. */
function holdLock(name: string): () => void {
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  void navigator.locks?.request(name, () => held);
  return release;
}

async function isInUse(journal: string): Promise<boolean> {
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  return held.some((lock) => lock.name === lockName(journal));
}

interface Parts {
  readonly canvas: HTMLCanvasElement;
  readonly overlay: HTMLCanvasElement;
}

/** The engine, once the image is open and what an earlier tab left behind is saved. */
export function useEngine(
  opened: Opened | undefined,
  parts: Parts | null,
  window_: Rect | null,
  onStale: () => void,
): CanvasEngine | null {
  const [engine, setEngine] = useState<CanvasEngine | null>(null);
  useEffect(() => {
    if (opened === undefined || parts === null) return;
    let isGone = false;
    let close: () => void = () => {};
    start(opened, parts, window_, onStale, () => isGone)
      .then((started) => {
        if (started === null) return;
        if (isGone) started.close();
        else {
          close = started.close;
          setEngine(started.engine);
        }
      })
      .catch(notifyProblem);
    return () => {
      isGone = true;
      setEngine(null);
      close();
    };
  }, [opened, parts, window_, onStale]);
  return engine;
}

async function start(
  { image, annotation, taxonomy }: Opened,
  { canvas, overlay }: Parts,
  window_: Rect | null,
  onStale: () => void,
  isGone: () => boolean,
): Promise<{ engine: CanvasEngine; close: () => void } | null> {
  const columns = Math.ceil(image.width / 512);
  const server = new HttpLabelServer(annotation.id, columns, taxonomy.version ?? 1, () =>
    notify(
      "Somebody changed the classes. Your strokes are saved; load the page anew to paint with the new classes.",
    ),
  );
  const name = crypto.randomUUID();
  const store = await JournalStore.open().catch(() => null);
  if (store === null)
    say("This browser keeps no journal here: what is not saved is lost if the page closes.");
  else if (await recoverOld(store, annotation.id, server)) {
    onStale();
    return null;
  }
  if (isGone()) return null;
  const release = holdLock(lockName(name));
  resetStatus();
  const engine: CanvasEngine = new CanvasEngine(
    canvas,
    overlay,
    {
      pyramid: { width: image.width, height: image.height, levels: image.levels },
      revision: annotation.revision,
      nextObject: annotation.next_object,
      objects: annotation.objects.map((row) => ({
        id: row.id,
        classNumber: row.class_number,
        attributes: row.attributes,
      })),
      pixelsByClass: new Map(Object.entries(annotation.pixels_by_class).map(([k, n]) => [Number(k), n])),
      window: window_,
    },
    {
      server,
      journal: store?.journal(name, annotation.id) ?? NO_JOURNAL,
      fetchPicture: fetchPictures(image, () => useBands.getState()),
      fetchOverviews: fetchRevisionPlanes(annotation.id, null),
      fetchSuperpixels: fetchSuperpixels(image),
    },
    eventsOf(() => engine, taxonomy),
    useChoice.getState(),
  );
  await engine.sync.begin();
  showClasses(engine, taxonomy);
  tellCoverage(engine);
  useStatus.setState({ savedRevision: annotation.revision });
  const stops = [
    release,
    useChoice.subscribe((choice) => engine.setChoice(choice)),
    useBands.subscribe(() => engine.reloadPictures()),
    followAnnotation(annotation.id, (revision) => engine.sync.heard(revision)),
    noteActivity(overlay, server),
    retryWhenBack(engine),
  ];
  engine.setChoice(useChoice.getState());
  const close = (): void => {
    for (const stop of stops) stop();
    void engine.sync.flush().finally(() => {
      engine.close();
      store?.close();
    });
  };
  return { engine, close };
}

/** Save what tabs that are gone left behind; true if there was something. */
async function recoverOld(
  store: JournalStore,
  annotationId: string,
  server: HttpLabelServer,
): Promise<boolean> {
  try {
    const { gestures, conflicts } = await recover(store, annotationId, server, isInUse);
    if (gestures === 0) return false;
    const met = conflicts > 0 ? ` ${formatCount(conflicts)} pixels met other people's strokes.` : "";
    notify(`${gestures} strokes from a page that was closed were saved.${met}`);
    return true;
  } catch (error) {
    if (error instanceof Unreachable) throw new ApiError(0, "unreachable", error.message, null, false);
    if (error instanceof Refused) {
      notifyProblem(
        new ApiError(
          error.status,
          "refused",
          `Strokes of an earlier page could not be saved: ${error.message}`,
          error.hint,
          false,
        ),
      );
      return false;
    }
    throw error;
  }
}

function eventsOf(engine: () => CanvasEngine, taxonomy: Taxonomy): EngineEvents {
  return {
    sync: (sync) => useStatus.setState({ sync }),
    history: (history) => useStatus.setState(history),
    coverage: () => tellCoverage(engine()),
    objects: () => tellCoverage(engine()),
    conflicts: (found) => {
      const pixels = found.reduce((sum, one) => sum + one.pixels, 0);
      useStatus.setState(({ conflicts }) => ({ conflicts: conflicts + pixels }));
      say(
        `${formatCount(pixels)} pixels were painted by you and by somebody else; yours were kept, theirs are in the history.`,
      );
    },
    arrived: (by) => {
      tellCoverage(engine());
      say(by.length > 0 ? `New strokes from ${by.join(", ")}.` : "New strokes came in.");
    },
    saved: (savedRevision) => useStatus.setState({ savedRevision }),
    pointer: (pointer, segment) => useStatus.setState({ pointer, segment }),
    camera: ({ scale }, canPaint) => useStatus.setState({ scale, canPaint }),
    picked: (segment) => {
      const number = engine().document.objects.classOf(segment);
      const target = resolvedNumbers(taxonomy).get(number);
      if (target !== undefined) setClass(target);
      else if (number === 65_535) setClass(number);
      else say("Nothing is labelled there.");
    },
    resizeBrush,
    split: (share) => setLook({ splitAt: Math.min(0.98, Math.max(0.02, share)) }),
    say,
    failed: (error) => {
      if (error instanceof Unreachable) return;
      if (error instanceof ApiError && error.status === 0) return;
      notifyProblem(error);
    },
  };
}

function tellCoverage(engine: CanvasEngine): void {
  const { document } = engine;
  useStatus.setState({
    pixelsByClass: new Map(document.counts.pixels),
    labelledShare: document.counts.labelledShare,
    objects: [...document.objects.rows.values()].filter((row) => row.classNumber !== null).length,
  });
}

/** Give the canvas the classes of a taxonomy. */
export function showClasses(engine: CanvasEngine, taxonomy: Taxonomy): void {
  const looks = activeClasses(taxonomy).map((c) => ({
    number: c.number,
    color: rgbOf(c.color),
    isThing: c.kind === "thing",
  }));
  engine.setClasses(looks, resolvedNumbers(taxonomy));
}

/** Time counts as work while the person moves the pointer or presses keys. */
function noteActivity(element: HTMLElement, server: HttpLabelServer): () => void {
  const note = (): void => server.noteActivity();
  element.addEventListener("pointermove", note);
  window.addEventListener("keydown", note);
  return () => {
    element.removeEventListener("pointermove", note);
    window.removeEventListener("keydown", note);
  };
}

function retryWhenBack(engine: CanvasEngine): () => void {
  const retry = (): void => engine.sync.retry();
  const leave = (): void => {
    if (document.visibilityState === "hidden") void engine.sync.flush();
  };
  window.addEventListener("online", retry);
  document.addEventListener("visibilitychange", leave);
  return () => {
    window.removeEventListener("online", retry);
    document.removeEventListener("visibilitychange", leave);
  };
}
