/** Where the images were taken, and which of them look alike. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, must, request, type Schema } from "./client.ts";

/** An image on the map, or the middle of several where there are too many to draw. */
export interface PlacedImage {
  readonly id: string;
  readonly name: string;
  readonly longitude: number;
  readonly latitude: number;
  readonly count: number;
}

export interface Placed {
  readonly images: readonly PlacedImage[];
  readonly total: number;
}

/** Images with a position; `bounds` are west,south,east,north, or null for the whole world. */
export const usePlaced = (bounds: string | null) =>
  useQuery({
    queryKey: ["coverage", "map", bounds ?? ""],
    queryFn: async (): Promise<Placed> => {
      const words = bounds === null ? "" : `?bounds=${encodeURIComponent(bounds)}`;
      const found = (await (await request(`/v1/coverage/map${words}`)).json()) as Schema["PointCollection"];
      return { images: found.features.map(placedOf), total: found.n_images };
    },
    placeholderData: keepPreviousData,
  });

function placedOf({ geometry, properties }: Schema["Feature"]): PlacedImage {
  const [longitude = 0, latitude = 0] = geometry["coordinates"] as number[];
  const { image_id, name, count } = properties as { image_id: string; name: string; count: number };
  return { id: image_id, name, longitude, latitude, count };
}

/** The plane of scenes, with the images of two selections marked. */
export const useScatter = (chosen: string, random: string) =>
  useQuery({
    queryKey: ["coverage", "scatter", chosen, random],
    queryFn: async () =>
      must(await api.GET("/v1/coverage/scatter", { params: { query: { chosen, random } } })),
  });
