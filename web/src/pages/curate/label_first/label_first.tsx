/** What to label first: the choice beside a random one, in the plane of scenes and on the map. */

import { Anchor, Button, Checkbox, Group, Text } from "@mantine/core";
import { lazy, Suspense, useMemo, useState } from "react";
import { Link, useLocation } from "wouter";
import type { Schema } from "../../../api/client.ts";
import { usePlaced, useScatter } from "../../../api/coverage.ts";
import { useLastCurated } from "../../../api/curating.ts";
import { fetchNext } from "../../../api/images.ts";
import { formatCount, formatScore } from "../../../ui/format.ts";
import { notify, notifyProblem } from "../../../ui/notices.tsx";
import { OneOf } from "../../../ui/one_of.tsx";
import { Ago, BigNumber, Empty, Loaded, Waiting } from "../../../ui/parts.tsx";
import { InBasket, Thumb, thumbnailOf } from "../../../ui/thumb.tsx";
import { Ask } from "../ask.tsx";
import { type Role, Scatter, type ScatterPoint } from "./scatter.tsx";
import "./label_first.css";

const ImageMap = lazy(() => import("../../../ui/image_map.tsx"));

interface Covered {
  readonly selection_id: string;
  readonly mean_distance: number;
  readonly max_distance: number;
}

interface Choice {
  readonly n_images: number;
  readonly n_copies: number;
  readonly n_alike: number;
  readonly n_chosen: number;
  readonly chosen: Covered;
  readonly random: Covered;
}

type View = "scenes" | "map";

const ROLES: Readonly<Record<Role, string>> = {
  chosen: "Chosen",
  random: "Random choice",
  labelled: "Labelled",
  other: "Others",
};
const SHOWN = 48;

export default function LabelFirst() {
  const last = useLastCurated("label-first");
  return (
    <Loaded query={last} what="Loading the choice …">
      {(run) =>
        run === null ? (
          <Empty
            icon="brush"
            title="Nothing has been chosen yet"
            action={
              <Ask kind="label-first" verb="Choose" isMain>
                Choose what to label first
              </Ask>
            }
          >
            Say how many images you can label. Those are chosen that stand for the most others, and a random
            choice of the same size is made beside them, so that you see what choosing is worth.
          </Empty>
        ) : (
          <Chosen choice={run.result as unknown as Choice} at={run.finished_at ?? run.created_at} />
        )
      }
    </Loaded>
  );
}

function Chosen({ choice, at }: { choice: Choice; at: number }) {
  const { chosen, random } = choice;
  const [, go] = useLocation();
  const label = async (): Promise<void> => {
    try {
      const next = await fetchNext({ selection: chosen.selection_id }, null);
      if (next === null) notify("All of them are labelled.");
      else go(`/images/${next.image_id}?selection=${chosen.selection_id}&queue=1`);
    } catch (error) {
      notifyProblem(error);
    }
  };
  return (
    <>
      <Group justify="space-between" align="flex-start" mb="lg">
        <Group gap="xl" align="flex-start">
          <BigNumber value={formatCount(choice.n_chosen)}>
            of {formatCount(choice.n_images)} images
            <br />
            <Ago at={at} />
          </BigNumber>
          <BigNumber value={formatScore(chosen.mean_distance)}>
            mean distance to the nearest chosen one
            <br />
            random: {formatScore(random.mean_distance)}
          </BigNumber>
          <BigNumber value={formatScore(chosen.max_distance)}>
            the farthest image
            <br />
            random: {formatScore(random.max_distance)}
          </BigNumber>
        </Group>
        <Group gap="xs">
          <Ask kind="label-first" verb="Choose">
            Choose again
          </Ask>
          <Button onClick={label}>Label them</Button>
        </Group>
      </Group>
      <Text size="xs" c="dimmed" mb="md" maw="44rem">
        Distances between scenes: 0 is alike, 2 is as different as can be. Set aside before choosing:{" "}
        {formatCount(choice.n_copies)} copies, {formatCount(choice.n_alike)} of nearly the same scene. Both
        choices are selections:{" "}
        <Link href={`/images?selection=${chosen.selection_id}`}>the chosen images</Link>,{" "}
        <Link href={`/images?selection=${random.selection_id}`}>the random ones</Link>.
      </Text>
      <Coverage choice={choice} />
    </>
  );
}

function Coverage({ choice: { chosen, random } }: { choice: Choice }) {
  const [view, setView] = useState<View>("scenes");
  const [shown, setShown] = useState<ReadonlySet<Role>>(new Set(["chosen", "random", "labelled", "other"]));
  const [hot, setHot] = useState<string | null>(null);
  const scatter = useScatter(chosen.selection_id, random.selection_id);
  const placed = useMemo(() => (scatter.data?.points ?? []).map(withRoles), [scatter.data]);
  const byId = useMemo(() => new Map(placed.map((point) => [point.id, point])), [placed]);
  const card = hot === null ? undefined : byId.get(hot);
  const listed = useMemo(() => placed.filter((point) => point.roles.includes("chosen")), [placed]);
  const ours = useMemo(() => new Set(listed.map((point) => point.id)), [listed]);
  return (
    <div className="ts-coverage">
      <section aria-label="Coverage">
        <Group justify="space-between" mb="xs">
          <OneOf<View>
            label="How the images are laid out"
            options={{ scenes: "By scene", map: "On the map" }}
            value={view}
            onChange={setView}
          />
          {view === "scenes" && (
            <Group gap="sm">
              {(Object.keys(ROLES) as Role[]).map((role) => (
                <Checkbox
                  key={role}
                  size="xs"
                  label={
                    <span className="ts-role" data-role={role}>
                      {ROLES[role]}
                    </span>
                  }
                  checked={shown.has(role)}
                  onChange={(event) => setShown(toggled(shown, role, event.currentTarget.checked))}
                />
              ))}
            </Group>
          )}
        </Group>
        {view === "map" ? (
          <OnMap ours={ours} hot={hot} onHot={setHot} />
        ) : (
          <Loaded query={scatter} what="Laying out the scenes …">
            {() => <Scatter points={placed} shown={shown} hot={hot} onHot={setHot} />}
          </Loaded>
        )}
      </section>
      <section aria-label="Chosen images">
        {card && (
          <figure className="ts-map-card">
            <Link href={`/images/${card.id}`}>
              <img className="ts-card-image" src={thumbnailOf(card.id, 320)} alt={card.name} />
            </Link>
            <InBasket image={card} />
            <figcaption>
              <Text size="sm" fw={600} className="ts-tail">
                <bdi>{card.name}</bdi>
              </Text>
              <Text size="xs" c="dimmed">
                {card.roles.map((role) => ROLES[role]).join(", ")}
              </Text>
            </figcaption>
          </figure>
        )}
        <Text size="sm" fw={600} mb="xs">
          Chosen
        </Text>
        <ul className="ts-thumbs">
          {listed.slice(0, SHOWN).map((point) => (
            <Thumb key={point.id} image={point} words={`selection=${chosen.selection_id}`}>
              <Anchor component="button" type="button" size="xs" onClick={() => setHot(point.id)}>
                {view === "map" ? "Show on the map" : "Show in the plane"}
              </Anchor>
            </Thumb>
          ))}
        </ul>
        {listed.length > SHOWN && (
          <Text size="xs" c="dimmed" mt="xs">
            The first {SHOWN} of {formatCount(listed.length)}.
          </Text>
        )}
      </section>
    </div>
  );
}

function OnMap({
  ours,
  hot,
  onHot,
}: {
  ours: ReadonlySet<string>;
  hot: string | null;
  onHot: (id: string | null) => void;
}) {
  const placed = usePlaced(null);
  const points = useMemo(
    () => (placed.data?.images ?? []).map((image) => ({ ...image, isMarked: ours.has(image.id) })),
    [placed.data, ours],
  );
  return (
    <Loaded query={placed} what="Looking for positions …">
      {({ images }) =>
        images.length === 0 ? (
          <Text c="dimmed" py="lg">
            No image has a position.
          </Text>
        ) : (
          <div className="ts-coverage-map">
            <Suspense fallback={<Waiting what="Loading the map …" />}>
              <ImageMap points={points} chosen={hot} label="Map of the chosen images" onChoose={onHot} />
            </Suspense>
          </div>
        )
      }
    </Loaded>
  );
}

function withRoles(point: Schema["ScatterPoint"]): ScatterPoint {
  const roles: Role[] = [];
  if (point.is_chosen) roles.push("chosen");
  if (point.is_random) roles.push("random");
  if (point.is_labelled) roles.push("labelled");
  const { image_id: id, name, x, y } = point;
  return { id, name, x, y, roles: roles.length > 0 ? roles : ["other"] };
}

function toggled(shown: ReadonlySet<Role>, role: Role, isOn: boolean): ReadonlySet<Role> {
  const next = new Set(shown);
  if (isOn) next.add(role);
  else next.delete(role);
  return next;
}
