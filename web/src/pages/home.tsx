/** Home: the way from images to a report, and the next step on it. */

import { Anchor, Button, Group, Text, ThemeIcon, Timeline } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { api, must, type Schema } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { useModels } from "../api/suggestions.ts";
import { Icon, type IconName } from "../ui/icons.tsx";
import { Loaded, Page, Section } from "../ui/parts.tsx";
import { Predicted } from "../ui/predicted.tsx";
import { RunLine } from "../ui/run_line.tsx";

interface Step {
  readonly title: string;
  readonly icon: IconName;
  readonly path: string;
  /** What to do when this is next. */
  readonly verb: string;
  readonly why: string;
}

const STEPS: Readonly<Record<string, Step>> = {
  collect: {
    title: "Collect images",
    icon: "collect",
    path: "/collect",
    verb: "Add images",
    why: "A folder of photos, a video, an archive or a bucket. GeoTIFFs of any size are welcome.",
  },
  curate: {
    title: "Curate",
    icon: "curate",
    path: "/curate",
    verb: "Look at the images",
    why: "Copies, blurred pictures, faces: each is found, shown side by side, and nothing is deleted.",
  },
  label: {
    title: "Label",
    icon: "brush",
    path: "/images",
    verb: "Label an image",
    why: "Open an image and paint, or bring labels in that you have already.",
  },
  train: {
    title: "Train",
    icon: "train",
    path: "/train",
    verb: "Train a model",
    why: "Ten minutes on a laptop give a first model to correct and to learn from.",
  },
  evaluate: {
    title: "Evaluate",
    icon: "evaluate",
    path: "/evaluate",
    verb: "Score the model",
    why: "How good it is on labels that it has not seen, with the definition beside every number.",
  },
  predict: {
    title: "Predict",
    icon: "predict",
    path: "/predict",
    verb: "Run the model",
    why: "The model labels every image; you correct where it is wrong.",
  },
  insights: {
    title: "Insights",
    icon: "insights",
    path: "/insights",
    verb: "Compute insights",
    why: "Green, sealed and land-cover shares per district, each with its uncertainty.",
  },
  report: {
    title: "Report",
    icon: "report",
    path: "/report",
    verb: "Write the report",
    why: "One page to print or send: what was found, how sure, what it does not prove.",
  },
};

export default function Home() {
  const home = useQuery({
    queryKey: ["home"],
    queryFn: async () => must(await api.GET("/v1/home")),
    refetchInterval: 5000,
  });
  const session = useSession();
  const newest = useModels().data?.[0];
  return (
    <Page
      title={session.data?.workspace ?? "Workspace"}
      lead="From images to a report: where things stand, and what comes next."
    >
      <div className="ts-way">
        <Loaded query={home} what="Looking at the workspace …">
          {(data) => (
            <>
              <Pipeline home={data} />
              {data.active_runs.length > 0 && (
                <Section title="Running now">
                  {data.active_runs.map((id) => (
                    <RunLine key={id} runId={id} />
                  ))}
                </Section>
              )}
            </>
          )}
        </Loaded>
        {newest && <Predicted modelId={newest.id} model={newest.name} limit={6} />}
      </div>
    </Page>
  );
}

function Pipeline({ home }: { home: Schema["Home"] }) {
  const byName = new Map(home.stages.map((stage) => [stage.stage, stage]));
  const names = Object.keys(STEPS);
  const next = home.next_stage ?? "report";
  const reached = names.filter((name) => byName.get(name)?.is_done).length;
  return (
    <Timeline active={reached - 1} bulletSize={30} lineWidth={2} maw="44rem">
      {names.map((name) => {
        const step = STEPS[name] as Step;
        const stage = byName.get(name);
        const isNext = name === next;
        return (
          <Timeline.Item
            key={name}
            bullet={
              <ThemeIcon
                size={30}
                radius="xl"
                variant={stage?.is_done ? "filled" : isNext ? "light" : "default"}
              >
                <Icon name={step.icon} size={16} />
              </ThemeIcon>
            }
            title={
              <Anchor component={Link} href={step.path} c="inherit" fw={600}>
                {step.title}
              </Anchor>
            }
          >
            <Text size="sm" c="dimmed">
              {stage?.summary ?? "not yet"}
            </Text>
            {isNext && (
              <Group mt="xs" gap="sm" align="center">
                <Button component={Link} href={step.path} size="sm">
                  {step.verb}
                </Button>
                <Text size="sm" maw="26rem">
                  {step.why}
                </Text>
              </Group>
            )}
          </Timeline.Item>
        );
      })}
    </Timeline>
  );
}
