/** Groups of copies: one image of each is kept, the others can be left out. */

import { Button, Checkbox, Group, Radio, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Schema } from "../../../api/client.ts";
import { fetchGroups } from "../../../api/pairs.ts";
import { formatCount } from "../../../ui/format.ts";
import { leaveOut } from "../../../ui/leave_out.ts";
import { Loaded } from "../../../ui/parts.tsx";
import { Thumb } from "../../../ui/thumb.tsx";

type CopyGroup = Schema["GroupOut"];

const PAGE = 24;

export function Groups() {
  const [withMoments, setWithMoments] = useState(false);
  const [n, setN] = useState(PAGE);
  const [kept, setKept] = useState<Readonly<Record<string, string>>>({});
  const queries = useQueryClient();
  const groups = useQuery({
    queryKey: ["pairs", "groups", withMoments, n],
    queryFn: () => fetchGroups(withMoments, 0, n),
    placeholderData: (before) => before,
  });
  const keptOf = (group: CopyGroup): string => kept[group.best] ?? group.best;
  const othersOf = (group: CopyGroup): string[] =>
    group.images.map((image) => image.id).filter((id) => id !== keptOf(group));
  const leaveOutAll = async (total: number): Promise<void> => {
    const all: string[] = [];
    for (let offset = 0; offset < total; offset += 500) {
      const page = await fetchGroups(withMoments, offset, 500);
      all.push(...page.items.flatMap(othersOf));
    }
    await leaveOut(all, queries);
  };
  return (
    <Loaded query={groups} what="Forming groups …">
      {({ total, n_others, items }) => (
        <>
          <Group justify="space-between" mb="md">
            <Text size="sm">
              {total === 0
                ? "There are no copies in the lists."
                : `${formatCount(total)} ${total === 1 ? "picture is" : "pictures are"} there more than once: ${formatCount(n_others)} ${n_others === 1 ? "image" : "images"} could be left out.`}
            </Text>
            <Group gap="md">
              <Checkbox
                label="Also moments of one view"
                checked={withMoments}
                onChange={(event) => setWithMoments(event.currentTarget.checked)}
              />
              <Button disabled={n_others === 0} onClick={() => leaveOutAll(total)}>
                Leave out {formatCount(n_others)} {n_others === 1 ? "copy" : "copies"}
              </Button>
            </Group>
          </Group>
          <div className="ts-copy-groups">
            {items.map((group) => (
              <fieldset
                key={group.best}
                className="ts-copy-group"
                data-wide={group.images.length > 2 || undefined}
              >
                <legend>
                  {formatCount(group.images.length)} images
                  <Button
                    size="compact-xs"
                    variant="default"
                    onClick={() => leaveOut(othersOf(group), queries)}
                    aria-label={`Leave out the copies of ${group.images.find((i) => i.id === keptOf(group))?.name}`}
                  >
                    Leave out {group.images.length - 1}
                  </Button>
                </legend>
                <ul className="ts-thumbs">
                  {group.images.map((image) => (
                    <Thumb
                      key={image.id}
                      image={image}
                      note={`${image.width} × ${image.height}${image.is_labelled ? ", labelled" : ""}`}
                    >
                      <Radio
                        size="xs"
                        mt={2}
                        name={`kept of ${group.best}`}
                        label={image.id === keptOf(group) ? "Is kept" : "Keep this one"}
                        aria-label={`Keep ${image.name}`}
                        checked={image.id === keptOf(group)}
                        onChange={() => setKept({ ...kept, [group.best]: image.id })}
                      />
                    </Thumb>
                  ))}
                </ul>
              </fieldset>
            ))}
          </div>
          {items.length < total && (
            <Button variant="default" size="sm" mt="md" onClick={() => setN(n + PAGE)}>
              Show more groups
            </Button>
          )}
          {total > 0 && (
            <Text size="xs" c="dimmed" mt="md">
              Proposed to be kept: labelled first, then more pixels, then less compressed, then the earlier
              one.
            </Text>
          )}
        </>
      )}
    </Loaded>
  );
}
