/** Train: start a model, watch it learn, see those that there are. */

import { Alert, Table, Text } from "@mantine/core";
import type { Schema } from "../api/client.ts";
import { useActiveRun } from "../api/run_list.ts";
import { useSession } from "../api/session.ts";
import { useModels } from "../api/suggestions.ts";
import { Curves } from "../ui/curves.tsx";
import { formatCount, formatScore } from "../ui/format.ts";
import { Ago, Empty, Loaded, Section } from "../ui/parts.tsx";
import { useRun } from "../ui/run_line.tsx";
import { StagePage } from "../ui/stage_page.tsx";

export default function Train() {
  const session = useSession();
  const models = useModels();
  const active = useActiveRun("train");
  return (
    <StagePage
      stage="train"
      title="Train"
      lead="Learn from everything that is labelled. Ten minutes on a laptop give a first model."
      verb="Train"
    >
      {session.data && !session.data.has_train && (
        <Alert
          color="orange"
          variant="light"
          title="Training needs the ‘train’ extra, which is not installed here."
          mb="md"
        >
          Run pip install &quot;townscape[train]&quot; and start the server anew.
        </Alert>
      )}
      {active !== null && <Learning runId={active} />}
      <Section title="Models">
        <Loaded query={models} what="Loading models …">
          {(found) =>
            found.length === 0 ? (
              <Empty icon="train" title="No model yet">
                Label a few images, then train: the model proposes, you correct, and it learns from that.
              </Empty>
            ) : (
              <ModelTable models={found} />
            )
          }
        </Loaded>
      </Section>
    </StagePage>
  );
}

/** The curves of a training that is under way. */
const Learning = ({ runId }: { runId: string }) => <Curves curves={useRun(runId).story.curves} />;

function ModelTable({ models }: { models: readonly Schema["ModelOut"][] }) {
  return (
    <Table.ScrollContainer minWidth={560}>
      <Table verticalSpacing={6} aria-label="Models">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Model</Table.Th>
            <Table.Th>Taxonomy</Table.Th>
            <Table.Th>Network</Table.Th>
            <Table.Th ta="right">Steps</Table.Th>
            <Table.Th ta="right">Mean IoU</Table.Th>
            <Table.Th ta="right">Pixel accuracy</Table.Th>
            <Table.Th>Made</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {models.map((model) => {
            const card = model.card as {
              architecture?: string;
              encoder?: string;
              steps?: number;
              taxonomy?: { name?: string };
            };
            return (
              <Table.Tr key={model.id}>
                <Table.Td fw={600}>{model.name}</Table.Td>
                <Table.Td>{card.taxonomy?.name}</Table.Td>
                <Table.Td>
                  <Text size="sm" span>
                    {card.architecture} on {card.encoder}
                  </Text>
                </Table.Td>
                <Table.Td ta="right">{formatCount(card.steps ?? 0)}</Table.Td>
                <Table.Td ta="right">{formatScore(model.mean_iou)}</Table.Td>
                <Table.Td ta="right">{formatScore(model.pixel_accuracy)}</Table.Td>
                <Table.Td>
                  <Ago at={model.created_at} />
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
