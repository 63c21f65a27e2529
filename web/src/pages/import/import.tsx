/** Import images with labels: where, look, import. */

import { Link } from "wouter";
import { Page } from "../../ui/parts.tsx";
import { placeAddress, usePlace } from "./address.ts";
import { Imported } from "./imported.tsx";
import "./import.css";
import { Look } from "./look.tsx";
import { Where } from "./where.tsx";

export default function ImportPage() {
  const [{ look, run }] = usePlace();
  return (
    <Page
      title="Import"
      lead={
        <>
          Labels that exist already, in any usual format. Nothing is written before you have seen what it
          would be. Images without labels are <Link href="/collect">collected</Link>.
        </>
      }
    >
      <Steps at={run !== null ? 2 : look !== null ? 1 : 0} look={look} />
      {run !== null ? (
        <Imported key={run} runId={run} lookId={look} />
      ) : look !== null ? (
        <Look key={look} runId={look} />
      ) : (
        <Where />
      )}
    </Page>
  );
}

const STEPS = ["Where", "Look", "Import"] as const;

function Steps({ at, look }: { at: number; look: string | null }) {
  const addresses = [placeAddress({}), look === null ? null : placeAddress({ look }), null];
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
