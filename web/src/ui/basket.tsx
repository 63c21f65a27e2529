/** The basket at the side of every page: what was put aside, and freezing it as a selection. */

import { Button, Drawer, Group, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useLocation } from "wouter";
import { useSession } from "../api/session.ts";
import { type Held, openBasket, restoreBasket, takeFromBasket, useBasket } from "./basket_store.ts";
import { formatCount } from "./format.ts";
import { Icon } from "./icons.tsx";
import { NameSelection } from "./name_selection.tsx";
import { notify } from "./notices.tsx";
import { Empty } from "./parts.tsx";
import { Thumb } from "./thumb.tsx";

const SHOWN = 120;

export function Basket() {
  const [isOpen, setIsOpen] = useState(false);
  const [location] = useLocation();
  const held = useBasket((store) => store.held);
  const workspaceId = useSession().data?.workspace_id;
  useEffect(() => {
    if (workspaceId !== undefined) openBasket(workspaceId);
  }, [workspaceId]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a page that opens closes it
  useEffect(() => setIsOpen(false), [location]);
  return (
    <>
      <button type="button" onClick={() => setIsOpen(true)}>
        <Icon name="basket" />
        Basket
        {held.length > 0 && <span className="ts-count">{formatCount(held.length)}</span>}
      </button>
      <Drawer
        opened={isOpen}
        onClose={() => setIsOpen(false)}
        position="right"
        size="32rem"
        title="Basket"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {isOpen && <Contents held={held} onDone={() => setIsOpen(false)} />}
      </Drawer>
    </>
  );
}

function Contents({ held, onDone }: { held: readonly Held[]; onDone: () => void }) {
  const queries = useQueryClient();
  const [, go] = useLocation();
  if (held.length === 0) {
    return (
      <Empty icon="basket" title="The basket is empty">
        The plus sign on a picture puts it in here, on every page. What you have gathered becomes a selection:
        to label it first, to export it, or to leave it out.
      </Empty>
    );
  }
  const empty = (): void => {
    takeFromBasket(held.map((one) => one.id));
    notify(`${formatCount(held.length)} images were taken out of the basket.`, {
      label: "Undo",
      run: () => restoreBasket(held),
    });
  };
  return (
    <>
      <NameSelection
        ids={held.map((one) => one.id)}
        usualReason="Gathered in the basket"
        onDone={async (selection) => {
          takeFromBasket(held.map((one) => one.id));
          onDone();
          await queries.invalidateQueries();
          go(`/images?selection=${selection.id}`);
        }}
      />
      <Group justify="space-between" mt="lg" mb="xs">
        <Text size="sm" c="dimmed">
          {formatCount(held.length)} {held.length === 1 ? "image" : "images"}
        </Text>
        <Button size="compact-sm" variant="subtle" color="gray" onClick={empty}>
          Empty the basket
        </Button>
      </Group>
      <ul className="ts-thumbs">
        {held.slice(0, SHOWN).map((one) => (
          <Thumb key={one.id} image={one} />
        ))}
      </ul>
      {held.length > SHOWN && (
        <Text size="xs" c="dimmed" mt="xs">
          The first {SHOWN} are shown; all of them are kept.
        </Text>
      )}
    </>
  );
}
