/** Where the images were taken: points on a map, and the pictures that are in view beside it. */

import { Anchor, Button, Group, Select, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo, useState } from "react";
import { Link } from "wouter";
import { api, must } from "../../api/client.ts";
import { type PlacedImage, usePlaced } from "../../api/coverage.ts";
import { fetchIds, fetchPage } from "../../api/images.ts";
import { useSelections } from "../../api/lists.ts";
import { putIntoBasket } from "../../ui/basket_store.ts";
import { formatCount, formatMoment } from "../../ui/format.ts";
import type { Bounds } from "../../ui/graticule.ts";
import { notify } from "../../ui/notices.tsx";
import { Empty, Loaded, Page, Waiting } from "../../ui/parts.tsx";
import { InBasket, Thumb, thumbnailOf } from "../../ui/thumb.tsx";
import "./map.css";

const ImageMap = lazy(() => import("../../ui/image_map.tsx"));
const SHOWN = 60;
const LABELLED_STATES = ["draft", "submitted", "accepted", "returned"] as const;

export default function MapPage() {
  const placed = usePlaced(null);
  const everything = useQuery({
    queryKey: ["images", "count", ""],
    queryFn: async () => (await fetchPage({}, 0, 1)).total,
  });
  return (
    <Page
      title="Map"
      lead="Where the images were taken. The ground is an empty grid: nothing is fetched from elsewhere."
    >
      <Loaded query={placed} what="Looking for positions …">
        {({ images, total }) =>
          total === 0 ? (
            <Empty icon="map" title="No image has a position">
              Photos with GPS in them come with one, and so do GeoTIFFs. For a camera without GPS,{" "}
              <Link href="/collect">collect</Link> its images together with a GPX track that was recorded
              beside it.
            </Empty>
          ) : (
            <Placed
              everywhere={images}
              isGathered={images.length < total}
              total={total}
              nWithout={everything.data === undefined ? 0 : everything.data - total}
            />
          )
        }
      </Loaded>
    </Page>
  );
}

const LABELLED = "labelled";

function Placed({
  everywhere,
  isGathered,
  total,
  nWithout,
}: {
  everywhere: readonly PlacedImage[];
  /** There are so many that the server gathers them; those in view are asked for after every move. */
  isGathered: boolean;
  total: number;
  nWithout: number;
}) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [marking, setMarking] = useState(LABELLED);
  const [view, setView] = useState<Bounds | null>(null);
  const selections = useSelections();
  const near = usePlaced(isGathered && view !== null ? boundsText(view) : null);
  const images = isGathered ? (near.data?.images ?? everywhere) : everywhere;
  const marked = useMarked(marking);
  const points = useMemo(
    () => images.map((image) => ({ ...image, isMarked: marked.has(image.id) })),
    [images, marked],
  );
  const inView = view === null ? images : images.filter((image) => isWithin(image, view));
  const nInView = inView.reduce((sum, image) => sum + image.count, 0);
  const single = inView.filter((image) => image.count === 1);
  return (
    <div className="ts-map-page">
      <div className="ts-map-holder">
        <Suspense fallback={<Waiting what="Loading the map …" />}>
          <ImageMap
            points={points}
            chosen={chosen}
            label={`Map of ${total} images`}
            onChoose={setChosen}
            onView={setView}
          />
        </Suspense>
        <Group gap="lg">
          <Select
            size="xs"
            w="14rem"
            aria-label="Images drawn in the accent colour"
            allowDeselect={false}
            data={[
              { value: LABELLED, label: "Marked: labelled images" },
              ...(selections.data ?? []).map(({ id, name }) => ({ value: id, label: `Marked: ${name}` })),
            ]}
            value={marking}
            onChange={(value) => setMarking(value ?? LABELLED)}
          />
          <ul className="ts-legend">
            <li data-mark="marked">Marked</li>
            <li data-mark="open">Others</li>
            {nWithout > 0 && <li>Without a position: {formatCount(nWithout)}</li>}
          </ul>
        </Group>
      </div>
      <section aria-label="Images in view" className="ts-map-side">
        {chosen !== null && <Card key={chosen} imageId={chosen} />}
        <Group justify="space-between" mb="xs">
          <Text size="sm" fw={600} role="status">
            {formatCount(nInView)} in view
          </Text>
          <Button
            size="compact-sm"
            variant="default"
            disabled={single.length === 0}
            onClick={() => {
              const n = putIntoBasket(single);
              notify(`${formatCount(n)} ${n === 1 ? "image" : "images"} put into the basket.`);
            }}
          >
            Put {single.length === nInView ? "all" : formatCount(single.length)} into the basket
          </Button>
        </Group>
        <ul className="ts-thumbs">
          {single.slice(0, SHOWN).map((image) => (
            <Thumb key={image.id} image={image}>
              <Anchor component="button" type="button" size="xs" onClick={() => setChosen(image.id)}>
                Show on the map
              </Anchor>
            </Thumb>
          ))}
        </ul>
        {(single.length > SHOWN || single.length < inView.length) && (
          <Text size="xs" c="dimmed" mt="xs">
            {single.length > SHOWN && `The first ${SHOWN} are shown. `}Zoom in to see the others.
          </Text>
        )}
      </section>
    </div>
  );
}

const NOTHING: ReadonlySet<string> = new Set();

function useMarked(marking: string): ReadonlySet<string> {
  const found = useQuery({
    queryKey: ["images", "ids", marking],
    queryFn: async (): Promise<ReadonlySet<string>> => {
      const query = marking === LABELLED ? { state: LABELLED_STATES } : { selection: marking };
      return new Set(await fetchIds(query));
    },
  });
  return found.data ?? NOTHING;
}

function boundsText({ west, south, east, north }: Bounds): string {
  return [west, south, east, north].map((degrees) => degrees.toFixed(6)).join(",");
}

const isWithin = ({ longitude, latitude }: PlacedImage, { west, south, east, north }: Bounds): boolean =>
  longitude >= west && longitude <= east && latitude >= south && latitude <= north;

function Card({ imageId }: { imageId: string }) {
  const image = useQuery({
    queryKey: ["image", imageId],
    queryFn: async () =>
      must(await api.GET("/v1/images/{image_id}", { params: { path: { image_id: imageId } } })),
  }).data;
  if (image === undefined) return null;
  const { name, latitude, longitude, captured_at } = image;
  return (
    <figure className="ts-map-card">
      <Link href={`/images/${imageId}`}>
        <img className="ts-card-image" src={thumbnailOf(imageId, 320)} alt={name} />
      </Link>
      <InBasket image={image} />
      <figcaption>
        <Text size="sm" fw={600} className="ts-tail" title={name}>
          <bdi>{name}</bdi>
        </Text>
        <Text size="xs" c="dimmed">
          {latitude !== null &&
            longitude !== null &&
            `${Math.abs(latitude).toFixed(5)}° ${latitude < 0 ? "S" : "N"}, ${Math.abs(longitude).toFixed(5)}° ${longitude < 0 ? "W" : "E"}`}
          {captured_at !== null && `, ${formatMoment(captured_at)}`}
        </Text>
        <Anchor component={Link} href={`/images/${imageId}`} size="sm">
          Open in the editor
        </Anchor>
      </figcaption>
    </figure>
  );
}
