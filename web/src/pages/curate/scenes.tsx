/** Similar scenes: all images by what they look like, or those that look like given ones. */

import { Anchor, Group, Text } from "@mantine/core";
import { Link } from "wouter";
import { useLastCurated } from "../../api/curating.ts";
import { formatCount } from "../../ui/format.ts";
import { Ago, Empty, Loaded } from "../../ui/parts.tsx";
import { Thumb } from "../../ui/thumb.tsx";
import { Ask } from "./ask.tsx";

interface ScenesResult {
  readonly n_images: number;
  readonly nearest: readonly { image_id: string; name: string; distance: number }[];
  readonly scenes: readonly {
    selection_id: string;
    name: string;
    n_images: number;
    example_id: string;
    example: string;
  }[];
  readonly selections: readonly string[];
}

export default function Scenes() {
  const last = useLastCurated("similar");
  return (
    <Loaded query={last} what="Loading scenes …">
      {(run) => {
        if (run === null) {
          return (
            <Empty
              icon="images"
              title="Nobody has sorted the images by scene yet"
              action={
                <Ask kind="similar" verb="Sort them" isMain>
                  Find similar scenes
                </Ask>
              }
            >
              Images are sorted into groups that look alike, or those like a given one are found. Similar is
              not the same: copies are found under duplicates.
            </Empty>
          );
        }
        const { scenes, nearest, n_images, selections } = run.result as unknown as ScenesResult;
        return (
          <>
            <Group justify="space-between" mb="md">
              <Text size="sm">
                {scenes.length > 0
                  ? `${formatCount(n_images)} images in ${scenes.length} groups of like scenes; each is a selection.`
                  : "The most similar scenes, nearest first (0 alike … 2)."}{" "}
                {scenes.length === 0 && selections[0] && (
                  <Anchor
                    component={Link}
                    href={`/images?selection=${selections[0]}`}
                    size="sm"
                    underline="always"
                  >
                    All of them
                  </Anchor>
                )}
              </Text>
              <Group gap="md">
                <Text size="sm" c="dimmed">
                  <Ago at={run.finished_at ?? run.created_at} />
                </Text>
                <Ask kind="similar" verb="Sort them">
                  Look again
                </Ask>
              </Group>
            </Group>
            <ul className="ts-thumbs" data-large>
              {scenes.map((scene) => (
                <Thumb key={scene.selection_id} image={{ id: scene.example_id, name: scene.example }}>
                  <Anchor component={Link} href={`/images?selection=${scene.selection_id}`} size="sm">
                    {scene.name}: {formatCount(scene.n_images)} {scene.n_images === 1 ? "image" : "images"}
                  </Anchor>
                </Thumb>
              ))}
              {nearest.map(({ image_id, name, distance }) => (
                <Thumb key={image_id} image={{ id: image_id, name }} note={distance.toFixed(3)} />
              ))}
            </ul>
          </>
        );
      }}
    </Loaded>
  );
}
