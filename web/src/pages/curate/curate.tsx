/** Curate: which images are worth having, and what must not be seen in them. One tab per question. */

import { lazy, Suspense } from "react";
import { Link } from "wouter";
import { useActiveRun } from "../../api/run_list.ts";
import { Page, Waiting } from "../../ui/parts.tsx";
import { RunLine } from "../../ui/run_line.tsx";
import "./curate.css";

interface Tab {
  readonly name: string;
  readonly lead: string;
  readonly content: React.LazyExoticComponent<React.ComponentType>;
}

const TABS: Readonly<Record<string, Tab>> = {
  duplicates: {
    name: "Duplicates",
    lead: "Which images are the same picture, and why. Nothing is deleted; what is left out comes back.",
    content: lazy(() => import("./duplicates/duplicates.tsx")),
  },
  quality: {
    name: "Quality",
    lead: "Blurred, dark or tilted pictures: you set where it begins, and see what falls on either side.",
    content: lazy(() => import("./quality/quality.tsx")),
  },
  privacy: {
    name: "Privacy",
    lead: "Faces and plates are found, looked over by a person, and covered so that nobody can undo it.",
    content: lazy(() => import("./privacy/privacy.tsx")),
  },
  "label-first": {
    name: "Label first",
    lead: "Images that stand for many others, always beside a random choice of the same size.",
    content: lazy(() => import("./label_first/label_first.tsx")),
  },
  scenes: {
    name: "Scenes",
    lead: "Which images look alike. Similar is not the same: copies are found under duplicates.",
    content: lazy(() => import("./scenes.tsx")),
  },
  gaps: {
    name: "Gaps",
    lead: "What the set lacks: classes, places, seasons, hours.",
    content: lazy(() => import("./gaps.tsx")),
  },
};

export default function CuratePage({ tab = "duplicates" }: { tab?: string | undefined }) {
  const active = useActiveRun("curate");
  const shown = TABS[tab];
  return (
    <Page title="Curate" lead={shown?.lead ?? "There is no such way to curate."}>
      <nav className="ts-tabs" aria-label="Ways to curate">
        {Object.entries(TABS).map(([key, { name }]) => (
          <Link key={key} href={`/curate/${key}`} aria-current={key === tab ? "page" : undefined}>
            {name}
          </Link>
        ))}
      </nav>
      {active !== null && (
        <div className="ts-running">
          <RunLine runId={active} />
        </div>
      )}
      {shown && (
        <Suspense fallback={<Waiting what="Loading the page …" />}>
          <shown.content />
        </Suspense>
      )}
    </Page>
  );
}
