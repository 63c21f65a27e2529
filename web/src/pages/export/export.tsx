/** Export: a format, what to write, and where; every label is read back and compared. */

import { useSearch } from "wouter";
import { Page } from "../../ui/parts.tsx";
import "./export.css";
import { Exported } from "./exported.tsx";
import { ExportForm } from "./form.tsx";

export default function ExportPage() {
  const words = new URLSearchParams(useSearch());
  const run = words.get("run");
  return (
    <Page
      title="Export"
      lead="Labels and images as a dataset in any usual format. Everything is read back from the files and compared, so that you know what was kept."
    >
      {run === null ? <ExportForm selection={words.get("selection")} /> : <Exported key={run} runId={run} />}
    </Page>
  );
}
