/** The recall audit: covered images drawn at random, and whether anything was missed in them. */

import { Button, Group, NumberInput, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useAudit } from "../../../api/redactions.ts";
import { useActiveRun } from "../../../api/run_list.ts";
import { startRun } from "../../../api/runs.ts";
import { notifyProblem } from "../../../ui/notices.tsx";
import { Loaded } from "../../../ui/parts.tsx";
import { Queue } from "./queue.tsx";

const USUAL = 100;

export function Audit() {
  const audit = useAudit();
  const queries = useQueryClient();
  const active = useActiveRun("curate");
  const [n, setN] = useState<number>(USUAL);
  const draw = async (): Promise<void> => {
    try {
      await startRun("curate-privacy", { audit: n });
      await queries.invalidateQueries({ queryKey: ["runs"] });
    } catch (error) {
      notifyProblem(error);
    }
  };
  return (
    <Loaded query={audit} what="Loading the audit …">
      {(found) => (
        <>
          <Group justify="space-between" align="flex-end" mb="md">
            <Text size="sm" maw="44rem" role="status">
              {found.words ||
                "Nobody has checked yet what was missed. 100 images without a miss mean: at most 3 in 100 images have one, at 95\u202f%."}
            </Text>
            <Group gap="xs" align="flex-end">
              <NumberInput
                size="xs"
                w="7rem"
                label="Images"
                min={1}
                allowDecimal={false}
                value={n}
                onChange={(value) => typeof value === "number" && setN(value)}
              />
              <Button size="xs" variant="default" disabled={active !== null} onClick={draw}>
                Draw at random
              </Button>
            </Group>
          </Group>
          {found.audit !== null && <Queue key={found.audit} audit={found.audit} />}
        </>
      )}
    </Loaded>
  );
}
