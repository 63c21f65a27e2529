/** The areas of an image, each with what it covers. */

import { Button, Checkbox, Text } from "@mantine/core";
import { type Area, without } from "./areas.ts";
import { Tiled, type TiledImage } from "./tiled.tsx";
import { viewOf } from "./view.ts";

export function AreaList({
  image,
  areas,
  chosen,
  isEditable,
  onShow,
  onChange,
}: {
  image: TiledImage;
  areas: readonly Area[];
  chosen: string | null;
  isEditable: boolean;
  onShow: (area: Area) => void;
  onChange: (areas: readonly Area[]) => void;
}) {
  return (
    <ul className="ts-area-list" aria-label="Areas">
      {areas.map((area) => (
        <li key={area.id} className="ts-area-row" data-chosen={area.id === chosen || undefined}>
          <button
            type="button"
            className="ts-area-crop"
            aria-label={`Show this ${area.kind}`}
            onClick={() => onShow(area)}
          >
            <svg viewBox={cropOf(area, image)} aria-hidden="true">
              <Tiled image={image} view={viewOf(area, image)} screenPx={160} />
            </svg>
          </button>
          <div>
            <Checkbox
              size="xs"
              label={KINDS[area.kind] ?? area.kind}
              checked={area.keep}
              disabled={!isEditable}
              onChange={(event) =>
                onChange(
                  areas.map((one) =>
                    one.id === area.id ? { ...one, keep: event.currentTarget.checked } : one,
                  ),
                )
              }
            />
            <Text size="xs" c="dimmed">
              {area.score === null ? area.by || "by you, just now" : `${area.by}, ${area.score.toFixed(2)}`}
            </Text>
          </div>
          {isEditable && area.kind === "added" && (
            <Button
              size="compact-xs"
              variant="subtle"
              color="gray"
              onClick={() => onChange(without(areas, area.id))}
            >
              Take away
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}

const KINDS: Readonly<Record<string, string>> = {
  face: "Face",
  plate: "Number plate",
  head: "Head",
  vehicle: "Vehicle front",
  added: "Added by hand",
};

function cropOf(area: Area, frame: { width: number; height: number }): string {
  const { x, y, width, height } = viewOf(area, frame);
  return `${x} ${y} ${width} ${height}`;
}
