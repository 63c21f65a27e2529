/** The page of a stage: what can be asked on the left (or how it is going), what came out on the right. */

import type { ReactNode } from "react";
import { useActiveRun } from "../api/run_list.ts";
import { useSuggestions } from "../api/suggestions.ts";
import { StageForm } from "./options_form.tsx";
import { Page } from "./parts.tsx";
import { RunLine } from "./run_line.tsx";

export function StagePage({
  stage,
  title,
  lead,
  verb,
  isReady = true,
  children,
}: {
  stage: string;
  title: string;
  lead: string;
  verb: string;
  /** Whether the stage can be started at all; otherwise the page says what is missing. */
  isReady?: boolean;
  children: ReactNode;
}) {
  const suggestions = useSuggestions();
  const active = useActiveRun(stage);
  return (
    <Page title={title} lead={lead}>
      <div className="ts-beside">
        {active !== null ? (
          <RunLine runId={active} />
        ) : isReady ? (
          <StageForm name={stage} verb={verb} suggestions={suggestions} onStarted={() => {}} />
        ) : null}
        <div className="ts-results">{children}</div>
      </div>
    </Page>
  );
}
