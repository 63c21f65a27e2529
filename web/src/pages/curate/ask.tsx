/** Starting a way to curate: a button that asks for its options first. */

import { Button, Modal, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useActiveRun } from "../../api/run_list.ts";
import { useSuggestions } from "../../api/suggestions.ts";
import { StageForm, useForms } from "../../ui/options_form.tsx";

export function Ask({
  kind,
  verb,
  children,
  isMain = false,
}: {
  /** Name of the way to curate: `label-first`. */
  kind: string;
  /** On the button that starts it. */
  verb: string;
  /** On the button that asks. */
  children: string;
  isMain?: boolean;
}) {
  const [isOpen, setIsOpen] = useState(false);
  const queries = useQueryClient();
  const suggestions = useSuggestions();
  const active = useActiveRun("curate");
  const form = useForms().data?.find((one) => one.name === `curate-${kind}`);
  return (
    <>
      <Button
        size="sm"
        variant={isMain ? "filled" : "default"}
        disabled={active !== null || form === undefined}
        onClick={() => setIsOpen(true)}
      >
        {children} …
      </Button>
      <Modal opened={isOpen} onClose={() => setIsOpen(false)} title={form?.title ?? children} size="lg">
        {isOpen && (
          <>
            <Text size="sm" c="dimmed" mb="md">
              {form?.text}
            </Text>
            <StageForm
              name={`curate-${kind}`}
              verb={verb}
              suggestions={suggestions}
              onStarted={() => {
                setIsOpen(false);
                void queries.invalidateQueries({ queryKey: ["runs"] });
              }}
            />
          </>
        )}
      </Modal>
    </>
  );
}
