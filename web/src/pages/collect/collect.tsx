/** Collect: add a source, see how it goes, and what each source has. */

import { Text } from "@mantine/core";
import { Link } from "wouter";
import { useActiveRun, useRuns } from "../../api/run_list.ts";
import { useSourceKinds, useSources } from "../../api/sources.ts";
import { Empty, Loaded, Page, Section } from "../../ui/parts.tsx";
import { RunLine } from "../../ui/run_line.tsx";
import { AddSource } from "./form.tsx";
import { LastRun } from "./last_run.tsx";
import { SourceTable } from "./source_table.tsx";
import "./collect.css";

export default function CollectPage() {
  const active = useActiveRun("collect");
  const sources = useSources();
  const last = useRuns().data?.find((run) => run.stage === "collect");
  return (
    <Page
      title="Collect"
      lead="Where images come from. They are referred to where they lie, or copied if you say so; what could not be used is listed with its reason."
    >
      <div className="ts-beside">
        <section aria-label="Add a source">
          <AddSource />
        </section>
        <div className="ts-results">
          {active !== null && (
            <div className="ts-now">
              <RunLine runId={active} />
            </div>
          )}
          {active === null && last && <LastRun key={last.id} runId={last.id} />}
          <Loaded query={sources} what="Loading sources …">
            {(found) =>
              found.length === 0 ? (
                <>
                  <Empty icon="collect" title="No source yet">
                    Choose a folder at the left, or give an address. Files can also be dropped on the page of{" "}
                    <Link href="/images">images</Link>; images that have labels already are{" "}
                    <Link href="/import">imported</Link>.
                  </Empty>
                  <Kinds />
                </>
              ) : (
                <Section title="Sources">
                  <SourceTable sources={found} isBusy={active !== null} />
                </Section>
              )
            }
          </Loaded>
        </div>
      </div>
    </Page>
  );
}

/** What can be collected from, with an address as people write it. */
function Kinds() {
  const kinds = useSourceKinds();
  if (!kinds.data) return null;
  return (
    <dl className="ts-kinds">
      {kinds.data.map(({ name, title, example }) => (
        <div key={name}>
          <dt>{title}</dt>
          <Text component="dd" size="xs" c="dimmed" ff="monospace">
            {example}
          </Text>
        </div>
      ))}
    </dl>
  );
}
