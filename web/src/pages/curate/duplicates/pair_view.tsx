/** Two pictures of a pair: side by side, one over the other, in turn, or only what differs. */

import { Checkbox, Group, Slider, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { Link } from "wouter";
import { OneOf } from "../../../ui/one_of.tsx";
import { InBasket, thumbnailOf } from "../../../ui/thumb.tsx";
import { layingOf, type PairDetail } from "./laying.ts";

export type PairViewName = "side" | "over" | "blink" | "difference";

export const PAIR_VIEWS: Readonly<Record<PairViewName, string>> = {
  side: "Side by side",
  over: "Overlaid",
  blink: "Blinking",
  difference: "Difference",
};

const BLINK_MS = 600;

export interface PairImage {
  readonly id: string;
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly is_labelled: boolean;
}

export function PairView({
  first,
  second,
  detail,
  view,
  onView,
}: {
  first: PairImage;
  second: PairImage;
  detail: PairDetail;
  view: PairViewName;
  onView: (view: PairViewName) => void;
}) {
  const [showsAreas, setShowsAreas] = useState(true);
  const [share, setShare] = useState(50);
  const hasAreas = (detail.areas ?? []).length > 0;
  return (
    <div>
      {view === "side" ? (
        <div className="ts-pair-sides">
          <Side image={first} />
          <Side image={second} {...(hasAreas && showsAreas && { detail })} />
        </div>
      ) : (
        <Laid
          first={first}
          second={second}
          detail={detail}
          view={view}
          share={share / 100}
          showsAreas={showsAreas}
        />
      )}
      <Group gap="xl" mt="xs" mih={36}>
        <OneOf label="How the two are shown" options={PAIR_VIEWS} value={view} onChange={onView} />
        {view === "over" && (
          <Group gap="sm" wrap="nowrap" style={{ flex: 1 }}>
            <Text size="xs" c="dimmed">
              Second
            </Text>
            <Slider
              flex={1}
              maw={360}
              size="sm"
              value={share}
              onChange={setShare}
              label={null}
              thumbLabel="How much of the first picture shows"
            />
            <Text size="xs" c="dimmed">
              First
            </Text>
          </Group>
        )}
        {view === "difference" && (
          <Text size="xs" c="dimmed">
            Black where the two are equal.
          </Text>
        )}
        {hasAreas && (
          <Checkbox
            size="xs"
            label="Mark what differs"
            checked={showsAreas}
            onChange={(event) => setShowsAreas(event.currentTarget.checked)}
          />
        )}
      </Group>
    </div>
  );
}

function Side({ image, detail }: { image: PairImage; detail?: PairDetail }) {
  return (
    <figure className="ts-pair-side">
      <svg viewBox={`0 0 ${image.width} ${image.height}`} role="img" aria-label={image.name}>
        <Picture key={image.id} image={image} />
        {detail && <Areas detail={detail} />}
      </svg>
      <InBasket image={image} />
      <figcaption>
        <Link href={`/images/${image.id}`} className="ts-tail" title={image.name}>
          <bdi>{image.name}</bdi>
        </Link>
        <span>
          {image.width} × {image.height}
          {image.is_labelled && ", labelled"}
        </span>
      </figcaption>
    </figure>
  );
}

function Laid({
  first,
  second,
  detail,
  view,
  share,
  showsAreas,
}: {
  first: PairImage;
  second: PairImage;
  detail: PairDetail;
  view: PairViewName;
  share: number;
  showsAreas: boolean;
}) {
  const { matrix, viewBox, box } = layingOf(first, second, detail);
  const isFirst = useBlinking(view === "blink");
  const opacity = view === "over" ? share : view === "blink" ? (isFirst ? 1 : 0) : 1;
  const label = view === "blink" ? (isFirst ? first.name : second.name) : `${first.name} over ${second.name}`;
  return (
    <figure className="ts-pair-laid">
      <svg
        viewBox={viewBox}
        role="img"
        aria-label={`${first.name} laid over ${second.name}`}
        style={{ aspectRatio: `${box.width} / ${box.height}` }}
      >
        <Picture key={second.id} image={second} opacity={view === "blink" && isFirst ? 0 : 1} />
        <g transform={matrix} style={view === "difference" ? { mixBlendMode: "difference" } : undefined}>
          <Picture key={first.id} image={first} opacity={opacity} />
        </g>
        {showsAreas && <Areas detail={detail} />}
      </svg>
      <figcaption>
        <span className="ts-tail">
          <bdi>{label}</bdi>
        </span>
      </figcaption>
    </figure>
  );
}

/** A picture in its own pixels; crossed out if its file cannot be read. */
function Picture({ image, opacity = 1 }: { image: PairImage; opacity?: number }) {
  const [isMissing, setIsMissing] = useState(false);
  const { width, height } = image;
  if (isMissing) {
    return (
      <svg viewBox="0 0 40 30" width={width} height={height} opacity={opacity}>
        <title>The file of {image.name} cannot be read. It may have been moved.</title>
        <path className="ts-crossed" d="M13 9h14v12H13zM13 9l14 12M27 9 13 21" />
      </svg>
    );
  }
  return (
    <image
      href={thumbnailOf(image.id, 1280)}
      width={width}
      height={height}
      preserveAspectRatio="none"
      opacity={opacity}
      onError={() => setIsMissing(true)}
    />
  );
}

function Areas({ detail }: { detail: PairDetail }) {
  return (detail.areas ?? []).map(({ x, y, width, height, kind }) => (
    <rect key={`${x} ${y} ${width} ${height}`} className="ts-area" x={x} y={y} width={width} height={height}>
      <title>{kind}</title>
    </rect>
  ));
}

function useBlinking(isOn: boolean): boolean {
  const [isFirst, setIsFirst] = useState(true);
  useEffect(() => {
    if (!isOn) return;
    const timer = setInterval(() => setIsFirst((was) => !was), BLINK_MS);
    return () => clearInterval(timer);
  }, [isOn]);
  return isFirst;
}
