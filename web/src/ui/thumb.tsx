/** A small picture that leads to its image and can be put into the basket. */

import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { type Held, putIntoBasket, takeFromBasket, useBasket } from "./basket_store.ts";
import { Icon } from "./icons.tsx";

export const thumbnailOf = (imageId: string, side: 160 | 320 | 1280 = 320): string =>
  `/v1/images/${imageId}/thumbnail?side=${side}`;

export function Thumb({
  image,
  note,
  words = "",
  children,
}: {
  image: Held;
  note?: ReactNode;
  /** The list that the editor goes on in, as words of an address. */
  words?: string;
  /** What can be done with it, under the picture. */
  children?: ReactNode;
}) {
  return (
    <li className="ts-thumb-cell">
      <Link href={`/images/${image.id}${words ? `?${words}` : ""}`} title={image.name}>
        <img className="ts-thumb-image" src={thumbnailOf(image.id)} alt="" loading="lazy" decoding="async" />
        <Text size="xs" className="ts-tail">
          <bdi>{image.name}</bdi>
        </Text>
        {note !== undefined && (
          <Text size="xs" c="dimmed" truncate>
            {note}
          </Text>
        )}
      </Link>
      <InBasket image={image} />
      {children}
    </li>
  );
}

/** The switch on a picture: in the basket, or not. */
export function InBasket({ image }: { image: Held }) {
  const isHeld = useBasket((store) => store.ids.has(image.id));
  return (
    <button
      type="button"
      className="ts-put"
      aria-pressed={isHeld}
      aria-label={`${image.name} in the basket`}
      title={isHeld ? "Take out of the basket" : "Put into the basket"}
      onClick={() => (isHeld ? takeFromBasket([image.id]) : putIntoBasket([image]))}
    >
      <Icon name={isHeld ? "check" : "plus"} size={14} />
    </button>
  );
}
