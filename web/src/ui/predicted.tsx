/** What a model made of the images, as pictures: the classes over the photo. */

import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { api, must } from "../api/client.ts";
import { formatCount } from "./format.ts";
import { Section } from "./parts.tsx";

/** The newest of a model's predictions; nothing while there are none. */
export function Predicted({ modelId, model, limit }: { modelId: string; model: string; limit: number }) {
  const found = useQuery({
    queryKey: ["predicted", modelId, limit],
    queryFn: async () =>
      must(
        await api.GET("/v1/models/{model_id}/predictions", {
          params: { path: { model_id: modelId }, query: { limit } },
        }),
      ),
  });
  if (!found.data || found.data.total === 0) return null;
  const { total, items } = found.data;
  return (
    <Section title={`As ${model} sees it`}>
      <ul className="ts-pictures">
        {items.map(({ image_id, name, created_at }) => (
          <li key={image_id}>
            <Link href={`/images/${image_id}`}>
              <span className="ts-picture">
                <img src={`/v1/images/${image_id}/thumbnail?side=320`} alt="" loading="lazy" />
                <img
                  src={`/v1/images/${image_id}/predictions/${modelId}/picture?at=${created_at}`}
                  alt=""
                  loading="lazy"
                />
              </span>
              <Text size="xs" className="ts-tail" title={name}>
                <bdi>{name}</bdi>
              </Text>
            </Link>
          </li>
        ))}
      </ul>
      {total > items.length && (
        <Text size="xs" c="dimmed">
          The newest {formatCount(items.length)} of {formatCount(total)}. Open one to compare it with labels,
          or to start from it.
        </Text>
      )}
    </Section>
  );
}
