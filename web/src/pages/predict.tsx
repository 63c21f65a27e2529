/** Predict: run a model on the workspace's images. */

import { Link } from "wouter";
import { useModels } from "../api/suggestions.ts";
import { Empty } from "../ui/parts.tsx";
import { Predicted } from "../ui/predicted.tsx";
import { StagePage } from "../ui/stage_page.tsx";

export default function Predict() {
  const models = useModels();
  return (
    <StagePage
      isReady={models.data?.length !== 0}
      stage="predict"
      title="Predict"
      verb="Predict"
      lead="Run a model on every image of the kind that it learned from. Nothing that people labelled changes."
    >
      {models.data?.length === 0 ? (
        <Empty icon="predict" title="No model yet" action={<Link href="/train">Train one</Link>}>
          A model is needed first.
        </Empty>
      ) : (
        (models.data ?? []).map(({ id, name }) => <Predicted key={id} modelId={id} model={name} limit={24} />)
      )}
    </StagePage>
  );
}
