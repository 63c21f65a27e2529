/** Quality: a threshold for each measure, set by eye, with pictures on both sides of it. */

import { Text, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { fetchPreview, type Measure, useMeasures } from "../../../api/measures.ts";
import { formatCount } from "../../../ui/format.ts";
import { Empty, Loaded } from "../../../ui/parts.tsx";
import { Ask } from "../ask.tsx";
import { MeasureView } from "./measure_view.tsx";
import "./quality.css";

export default function Quality() {
  const measures = useMeasures();
  const [key, setKey] = useState<string | null>(null);
  return (
    <Loaded query={measures} what="Loading measures …">
      {(found) => {
        const known = found.filter((measure) => measure.n_images > 0);
        const shown = known.find((measure) => measure.key === key) ?? known[0];
        if (shown === undefined) {
          return (
            <Empty
              icon="eye"
              title="No image has been measured yet"
              action={
                <Ask kind="quality" verb="Measure" isMain>
                  Measure the images
                </Ask>
              }
            >
              Blur, darkness, over-exposure, contrast, tilt, borders, drops on the lens, odd sizes. Each image
              is measured once; where a picture begins to be a bad one, you decide.
            </Empty>
          );
        }
        return (
          <div className="ts-quality">
            <div>
              <ul className="ts-measures" aria-label="Measures">
                {known.map((measure) => (
                  <li key={measure.key}>
                    <UnstyledButton
                      aria-current={measure.key === shown.key}
                      onClick={() => setKey(measure.key)}
                    >
                      <span>{measure.title}</span>
                      <Beyond measure={measure} />
                    </UnstyledButton>
                  </li>
                ))}
              </ul>
              <Text size="xs" c="dimmed" my="sm">
                Images beyond the usual threshold.
              </Text>
              <Ask kind="quality" verb="Measure">
                Measure again
              </Ask>
            </div>
            <MeasureView key={shown.key} measure={shown} />
          </div>
        );
      }}
    </Loaded>
  );
}

/** How many images are beyond the usual threshold; nothing where there is none. */
function Beyond({ measure }: { measure: Measure }) {
  const preview = useQuery({
    queryKey: ["measures", measure.key, "usual"],
    queryFn: () => fetchPreview(measure, null, 1),
    enabled: measure.threshold !== null,
  });
  if (preview.data === undefined) return null;
  return (
    <Text span size="xs" c="dimmed">
      {formatCount(preview.data.n_beyond)}
    </Text>
  );
}
