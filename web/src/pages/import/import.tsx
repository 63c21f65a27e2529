/** Import: images without labels in one step; images with labels by where, look, import. */

import { SegmentedControl } from "@mantine/core";
import { Link } from "wouter";
import { StageForm } from "../../ui/options_form.tsx";
import { Page } from "../../ui/parts.tsx";
import { placeAddress, usePlace } from "./address.ts";
import { Imported } from "./imported.tsx";
import "./import.css";
import { Look } from "./look.tsx";
import { Where } from "./where.tsx";

export default function ImportPage() {
  const [place, goTo] = usePlace();
  const { withLabels, look, run } = place;
  return (
    <Page
      title="Import"
      lead={
        withLabels
          ? "Labels that exist already, in any usual format. Nothing is written before you have seen what it would be."
          : "Bring images in from a folder of this computer. They are referred to where they lie, or copied if you say so."
      }
    >
      {look === null && run === null && (
        <SegmentedControl
          mb="lg"
          aria-label="What to import"
          data={[
            { value: "alone", label: "Images without labels" },
            { value: "labels", label: "Images with labels" },
          ]}
          value={withLabels ? "labels" : "alone"}
          onChange={(chosen) => goTo({ withLabels: chosen === "labels" })}
        />
      )}
      {!withLabels ? (
        <StageForm name="collect" verb="Collect" />
      ) : (
        <>
          <Steps at={run !== null ? 2 : look !== null ? 1 : 0} look={look} />
          {run !== null ? (
            <Imported key={run} runId={run} lookId={look} />
          ) : look !== null ? (
            <Look key={look} runId={look} />
          ) : (
            <Where />
          )}
        </>
      )}
    </Page>
  );
}

const STEPS = ["Where", "Look", "Import"] as const;

function Steps({ at, look }: { at: number; look: string | null }) {
  const addresses = [placeAddress({ withLabels: true }), look === null ? null : placeAddress({ look }), null];
  return (
    <ol className="ts-steps" aria-label="Steps of the import">
      {STEPS.map((name, index) => {
        const address = index < at ? addresses[index] : null;
        const shown = (
          <>
            <span className="ts-step-number" aria-hidden="true">
              {index + 1}
            </span>
            {name}
          </>
        );
        return (
          <li key={name} aria-current={index === at ? "step" : undefined} data-done={index < at || undefined}>
            {address ? <Link href={address}>{shown}</Link> : <span>{shown}</span>}
          </li>
        );
      })}
    </ol>
  );
}
