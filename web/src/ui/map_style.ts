/** How the map of images is drawn, light and dark: a sheet with a grid, and nothing from elsewhere. */

import type { StyleSpecification } from "maplibre-gl";

export type Scheme = "light" | "dark";

interface Colors {
  readonly ground: string;
  readonly grid: string;
  readonly gridText: string;
  readonly point: string;
  readonly pointEdge: string;
  readonly marked: string;
  readonly cluster: string;
  readonly clusterText: string;
  readonly chosen: string;
}

export const COLORS: Readonly<Record<Scheme, Colors>> = {
  light: {
    ground: "#f3f0e8",
    grid: "#ddd8cc",
    gridText: "#625d54",
    point: "#6b655a",
    pointEdge: "#fffefb",
    marked: "#27548a",
    cluster: "#fffefb",
    clusterText: "#23211d",
    chosen: "#b3541f",
  },
  dark: {
    ground: "#1a1815",
    grid: "#322f2a",
    gridText: "#b5afa3",
    point: "#a49e91",
    pointEdge: "#1a1815",
    marked: "#86aed6",
    cluster: "#322f2a",
    clusterText: "#e9e5db",
    chosen: "#f0a35e",
  },
};

const NOTHING = { type: "FeatureCollection" as const, features: [] };

/** Sources `images` and `marked` (points with `id` and `n`; only the first gather), `chosen`, `grid`. */
export function styleOf(scheme: Scheme): StyleSpecification {
  const colors = COLORS[scheme];
  const isMany = ["any", ["has", "point_count"], [">", ["get", "n"], 1]] as never;
  const isOne = ["all", ["!", ["has", "point_count"]], ["==", ["get", "n"], 1]] as never;
  return {
    version: 8,
    sources: {
      grid: { type: "geojson", data: NOTHING },
      chosen: { type: "geojson", data: NOTHING },
      images: {
        type: "geojson",
        data: NOTHING,
        cluster: true,
        clusterRadius: 42,
        clusterMaxZoom: 17,
        clusterProperties: { n: ["+", ["get", "n"]] },
      },
      marked: { type: "geojson", data: NOTHING },
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": colors.ground } },
      {
        id: "grid",
        type: "line",
        source: "grid",
        filter: ["==", ["geometry-type"], "LineString"],
        paint: { "line-color": colors.grid, "line-width": 1 },
      },
      {
        id: "clusters",
        type: "circle",
        source: "images",
        filter: isMany,
        paint: {
          "circle-color": colors.cluster,
          "circle-radius": ["interpolate", ["linear"], ["log10", ["get", "n"]], 0.3, 11, 4, 30],
          "circle-stroke-color": colors.point,
          "circle-stroke-width": 2,
        },
      },
      {
        id: "counts",
        type: "symbol",
        source: "images",
        filter: isMany,
        layout: {
          "text-field": ["to-string", ["get", "n"]],
          "text-font": ["sans-serif"],
          "text-size": 12,
          "text-allow-overlap": true,
        },
        paint: { "text-color": colors.clusterText },
      },
      {
        id: "points",
        type: "circle",
        source: "images",
        filter: isOne,
        paint: {
          "circle-color": colors.point,
          "circle-radius": 5,
          "circle-stroke-color": colors.pointEdge,
          "circle-stroke-width": 1.5,
        },
      },
      {
        id: "marked",
        type: "circle",
        source: "marked",
        paint: {
          "circle-color": colors.marked,
          "circle-radius": 6,
          "circle-stroke-color": colors.pointEdge,
          "circle-stroke-width": 1.5,
        },
      },
      {
        id: "chosen",
        type: "circle",
        source: "chosen",
        paint: {
          "circle-color": "transparent",
          "circle-radius": 10,
          "circle-stroke-color": colors.chosen,
          "circle-stroke-width": 3,
        },
      },
      {
        id: "grid-labels",
        type: "symbol",
        source: "grid",
        filter: ["==", ["geometry-type"], "Point"],
        layout: {
          "text-field": ["get", "label"],
          "text-font": ["sans-serif"],
          "text-size": 11,
          "text-anchor": ["match", ["get", "axis"], "longitude", "bottom", "left"],
          "text-offset": [
            "match",
            ["get", "axis"],
            "longitude",
            ["literal", [0, -0.3]],
            ["literal", [0.4, 0]],
          ],
        },
        paint: { "text-color": colors.gridText, "text-halo-color": colors.ground, "text-halo-width": 2 },
      },
    ],
  };
}
