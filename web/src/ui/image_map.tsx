/**
 * Images on a map: points that gather into circles where they are many. There is no ground but a
 * grid and a scale, so nothing is fetched from elsewhere. Loaded when a map is shown.
 */

import { useComputedColorScheme } from "@mantine/core";
import {
  type GeoJSONSource,
  Map as MapLibre,
  NavigationControl,
  ScaleControl,
  setWorkerUrl,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { useEffect, useRef, useState } from "react";
import "maplibre-gl/dist/maplibre-gl.css";
import "./image_map.css";
import { type Bounds, graticule } from "./graticule.ts";
import { COLORS, styleOf } from "./map_style.ts";

setWorkerUrl(workerUrl);

const MAX_ZOOM = 21;

export interface MapPoint {
  readonly id: string;
  readonly longitude: number;
  readonly latitude: number;
  /** How many images it stands for. */
  readonly count: number;
  /** Drawn above the others, in the accent colour, and never gathered. */
  readonly isMarked: boolean;
}

interface Camera {
  readonly center: [number, number];
  readonly zoom: number;
}

export default function ImageMap({
  points,
  chosen,
  label,
  onChoose,
  onView,
}: {
  points: readonly MapPoint[];
  chosen: string | null;
  label: string;
  onChoose: (imageId: string) => void;
  /** What is in view after every move, as west, south, east and north. */
  onView?: (bounds: Bounds) => void;
}) {
  const holder = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<MapLibre | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const scheme = useComputedColorScheme("light", { getInitialValueInEffect: false });
  const camera = useRef<Camera | null>(null);
  const now = useRef({ points, onChoose, onView });
  now.current = { points, onChoose, onView };

  useEffect(() => {
    const view = {
      tell: (): void => {
        camera.current = { center: made.getCenter().toArray() as [number, number], zoom: made.getZoom() };
        now.current.onView?.(boundsOf(made));
      },
    };
    let made: MapLibre;
    try {
      made = new MapLibre({
        container: holder.current as HTMLDivElement,
        style: styleOf(scheme),
        attributionControl: false,
        dragRotate: false,
        pitchWithRotate: false,
        maxZoom: MAX_ZOOM,
        ...(camera.current ?? framed(now.current.points)),
      });
    } catch {
      setProblem("This browser draws no maps: WebGL is switched off or missing.");
      return;
    }
    made.touchZoomRotate.disableRotation();
    made.keyboard.disableRotation();
    made.addControl(new NavigationControl({ showCompass: false }), "top-right");
    made.addControl(new ScaleControl({ maxWidth: 140 }), "bottom-left");
    made.getCanvas().setAttribute("aria-label", label);
    const drawGrid = (): void => {
      (made.getSource("grid") as GeoJSONSource | undefined)?.setData(graticule(boundsOf(made)));
    };
    made.on("move", drawGrid);
    made.on("moveend", view.tell);
    made.on("load", () => {
      drawGrid();
      view.tell();
      setMap(made);
    });
    made.on("click", async (event) => {
      const around = 6;
      const box: [[number, number], [number, number]] = [
        [event.point.x - around, event.point.y - around],
        [event.point.x + around, event.point.y + around],
      ];
      const [found] = made.queryRenderedFeatures(box, { layers: ["marked", "points", "clusters"] });
      if (found === undefined) return;
      const {
        id,
        n,
        cluster_id: cluster,
      } = found.properties as { id?: string; n: number; cluster_id?: number };
      if (id !== undefined && n === 1) {
        now.current.onChoose(id);
        return;
      }
      const source = made.getSource("images") as GeoJSONSource;
      const zoom = cluster === undefined ? made.getZoom() + 2 : await source.getClusterExpansionZoom(cluster);
      if (found.geometry.type !== "Point") return;
      const [longitude = 0, latitude = 0] = found.geometry.coordinates;
      made.easeTo({ center: [longitude, latitude], zoom: Math.min(zoom, MAX_ZOOM) });
    });
    for (const layer of ["marked", "points", "clusters"]) {
      made.on("mouseenter", layer, () => {
        made.getCanvas().style.cursor = "pointer";
      });
      made.on("mouseleave", layer, () => {
        made.getCanvas().style.cursor = "";
      });
    }
    return () => {
      setMap(null);
      made.remove();
    };
  }, [scheme, label]);

  useEffect(() => {
    if (map === null) return;
    const show = (source: string, some: readonly MapPoint[]): void => {
      const features = some.map((p) => ({
        type: "Feature" as const,
        properties: { id: p.id, n: p.count },
        geometry: { type: "Point" as const, coordinates: [p.longitude, p.latitude] },
      }));
      void (map.getSource(source) as GeoJSONSource).setData({ type: "FeatureCollection", features });
    };
    show(
      "images",
      points.filter((p) => !p.isMarked),
    );
    show(
      "marked",
      points.filter((p) => p.isMarked),
    );
  }, [map, points]);

  useEffect(() => {
    const point = points.find((p) => p.id === chosen);
    const features =
      point === undefined
        ? []
        : [
            {
              type: "Feature" as const,
              properties: {},
              geometry: { type: "Point" as const, coordinates: [point.longitude, point.latitude] },
            },
          ];
    if (map !== null)
      void (map.getSource("chosen") as GeoJSONSource).setData({ type: "FeatureCollection", features });
  }, [map, points, chosen]);

  if (problem) return <p role="alert">{problem}</p>;
  return (
    <div
      className="ts-map"
      ref={holder}
      data-ready={map !== null || undefined}
      style={{ background: COLORS[scheme].ground }}
    />
  );
}

function boundsOf(map: MapLibre): Bounds {
  const b = map.getBounds();
  return { west: b.getWest(), south: b.getSouth(), east: b.getEast(), north: b.getNorth() };
}

/** Where the map begins: all points in it. */
function framed(points: readonly MapPoint[]): object {
  if (points.length === 0) return { center: [0, 20], zoom: 1 };
  let [west, south, east, north] = [180, 90, -180, -90];
  for (const { longitude, latitude } of points) {
    west = Math.min(west, longitude);
    east = Math.max(east, longitude);
    south = Math.min(south, latitude);
    north = Math.max(north, latitude);
  }
  return { bounds: [west, south, east, north], fitBoundsOptions: { padding: 56, maxZoom: 17 } };
}
