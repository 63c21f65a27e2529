/** Pictures with their labels in the colours of what they mean now; pointing at one tells its value. */

import { Group, Text } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { fetchPlane, type Preview, previewAddress, type ValueRow } from "../../api/exchange.ts";
import { OneOf } from "../../ui/one_of.tsx";
import { paintPlane, tableOf } from "./paint.ts";

type View = "both" | "image" | "labels";
const VIEWS: Readonly<Record<View, string>> = { image: "Image", both: "Both", labels: "Labels" };
const OPACITY: Readonly<Record<View, number>> = { image: 0, both: 0.5, labels: 1 };

export function Pictures({
  runId,
  previews,
  rows,
  colors,
  hot,
  onHot,
  shown,
  onShow,
}: {
  runId: string;
  previews: readonly Preview[];
  rows: readonly ValueRow[];
  colors: readonly (string | null)[];
  /** The value that is pointed at, in the table or in the picture. */
  hot: number | null;
  onHot: (row: number | null) => void;
  shown: number;
  onShow: (preview: number) => void;
}) {
  const [view, setView] = useState<View>("both");
  const planes = useQueries({
    queries: previews.map((preview) => ({
      queryKey: ["plane", runId, preview.plane],
      queryFn: () => fetchPlane(runId, preview),
      staleTime: Number.POSITIVE_INFINITY,
    })),
  });
  const preview = previews[shown];
  const plane = planes[shown]?.data;
  if (preview === undefined) {
    return (
      <Text size="sm" c="dimmed">
        No picture could be drawn.
      </Text>
    );
  }
  const pointed = hot === null ? null : (rows[hot] ?? null);
  const isHere = hot === null || plane === undefined || plane.includes(Math.min(hot + 1, 255));
  const elsewhere = isHere ? -1 : planes.findIndex((one) => one.data?.includes(Math.min(hot + 1, 255)));
  return (
    <section className="ts-look-pictures" aria-label="Pictures">
      <Group justify="space-between" mb={6} wrap="nowrap">
        <Text size="sm" className="ts-tail" title={preview.name}>
          <bdi>{preview.name}</bdi>
        </Text>
        <OneOf label="What the picture shows" options={VIEWS} value={view} onChange={setView} />
      </Group>
      <Canvas
        address={previewAddress(runId, preview.file)}
        preview={preview}
        plane={plane}
        colors={colors}
        hot={isHere ? hot : null}
        opacity={OPACITY[view]}
        onHot={onHot}
      />
      <Text size="xs" c="dimmed" mih="1.2rem" mt={4}>
        {pointed === null
          ? "Point at the picture to find a value in the table, or at the table to find it here."
          : isHere
            ? `${pointed.value}${pointed.name ? `, ${pointed.name}` : ""}`
            : elsewhere < 0
              ? `${pointed.value} is in none of these pictures.`
              : `${pointed.value} is in ${previews[elsewhere]?.name}, not in this one.`}
      </Text>
      <div className="ts-strip">
        {previews.map((one, index) => (
          <button
            key={one.file}
            type="button"
            className="ts-thumb"
            title={one.name}
            aria-label={`Show ${one.name}`}
            aria-pressed={index === shown}
            data-has={
              hot !== null && planes[index]?.data?.includes(Math.min(hot + 1, 255)) ? true : undefined
            }
            onClick={() => onShow(index)}
          >
            <img src={previewAddress(runId, one.file)} alt="" loading="lazy" />
          </button>
        ))}
      </div>
    </section>
  );
}

function Canvas({
  address,
  preview,
  plane,
  colors,
  hot,
  opacity,
  onHot,
}: {
  address: string;
  preview: Preview;
  plane: Uint8Array | undefined;
  colors: readonly (string | null)[];
  hot: number | null;
  opacity: number;
  onHot: (row: number | null) => void;
}) {
  const { width, height } = preview;
  const canvas = useRef<HTMLCanvasElement>(null);
  const image = useImage(address);
  const labels = useMemo(() => {
    if (plane === undefined) return null;
    const layer = new OffscreenCanvas(width, height);
    const painted = new ImageData(paintPlane(plane, tableOf(colors, hot)), width, height);
    layer.getContext("2d")?.putImageData(painted, 0, 0);
    return layer;
  }, [plane, colors, hot, width, height]);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    context.globalAlpha = 1;
    context.fillStyle = "#000";
    context.fillRect(0, 0, width, height);
    const isAlone = hot !== null;
    if (image && (opacity < 1 || isAlone)) {
      context.globalAlpha = isAlone ? 0.45 : 1;
      context.drawImage(image, 0, 0, width, height, 0, 0, width, height);
    }
    context.globalAlpha = isAlone ? 0.9 : opacity;
    if (labels && context.globalAlpha > 0) context.drawImage(labels, 0, 0);
  }, [image, labels, hot, opacity, width, height]);
  return (
    <canvas
      ref={canvas}
      className="ts-look-canvas"
      width={width}
      height={height}
      role="img"
      aria-label={`${preview.name} with its labels`}
      style={{ width: `min(100%, calc((100vh - 17rem) * ${width / height}))`, aspectRatio: width / height }}
      onPointerMove={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        const x = Math.floor(((event.clientX - box.left) / box.width) * width);
        const y = Math.floor(((event.clientY - box.top) / box.height) * height);
        const number = plane?.[y * width + x] ?? 0;
        onHot(number === 0 ? null : number - 1);
      }}
      onPointerLeave={() => onHot(null)}
    />
  );
}

function useImage(address: string): HTMLImageElement | null {
  const [image, setImage] = useState<HTMLImageElement | null>(null);
  useEffect(() => {
    const loading = new Image();
    loading.onload = () => setImage(loading);
    loading.src = address;
    return () => {
      loading.onload = null;
    };
  }, [address]);
  return image;
}
