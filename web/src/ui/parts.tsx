/** Small parts that many pages share. */

import { Alert, Button, Center, Group, Loader, Stack, Text, Title, Tooltip } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import { ApiError } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { asSentence, formatAgo, formatMoment, formatShare } from "./format.ts";
import { Icon, type IconName } from "./icons.tsx";

/** What the browser's tab says. */
export function useTitle(title: string): void {
  const workspace = useSession().data?.workspace;
  useEffect(() => {
    const parts = [title, workspace, "Townscape"].filter((part) => part !== undefined);
    document.title = [...new Set(parts)].join(" – ");
  }, [title, workspace]);
}

export function Page({
  title,
  lead,
  actions,
  children,
}: {
  title: string;
  lead?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  useTitle(title);
  return (
    <main className="ts-page" id="main">
      <Group justify="space-between" align="flex-start" mb="lg" wrap="wrap">
        <div>
          <Title order={1}>{title}</Title>
          {lead && (
            <Text c="dimmed" size="sm" mt={4} maw="44rem">
              {lead}
            </Text>
          )}
        </div>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </main>
  );
}

export function Section({
  title,
  actions,
  children,
}: {
  title: string;
  actions?: ReactNode;
  children: ReactNode;
}) {
  return (
    <Stack component="section" gap="sm" className="ts-section" aria-label={title}>
      <Group justify="space-between">
        <Title order={2}>{title}</Title>
        {actions}
      </Group>
      {children}
    </Stack>
  );
}

/** What stands where there is nothing yet: why, and what to do next. */
export function Empty({
  icon,
  title,
  children,
  action,
}: {
  icon: IconName;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <Stack align="flex-start" gap="xs" py="xl" maw="34rem">
      <Text c="dimmed" component="span">
        <Icon name={icon} size={32} />
      </Text>
      <Text fw={600}>{title}</Text>
      <Text c="dimmed" size="sm">
        {children}
      </Text>
      {action}
    </Stack>
  );
}

/** An error in the server's own words, with a way to try again. */
export function Problem({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof ApiError ? error.hint : null;
  return (
    <Alert color="orange" variant="light" title={message} role="alert" my="sm">
      {hint && <Text size="sm">{asSentence(hint)}</Text>}
      {onRetry && (
        <Button size="compact-sm" variant="default" mt="xs" onClick={onRetry}>
          Try again
        </Button>
      )}
    </Alert>
  );
}

export function Waiting({ what }: { what: string }) {
  return (
    <Center py="xl">
      <Group gap="sm">
        <Loader size="sm" aria-hidden="true" />
        <Text c="dimmed" size="sm" role="status">
          {what}
        </Text>
      </Group>
    </Center>
  );
}

/** Data of a query, or what stands in for it. */
export function Loaded<Data>({
  query,
  what,
  children,
}: {
  query: { data: Data | undefined; error: unknown; refetch: () => unknown };
  what: string;
  children: (data: Data) => ReactNode;
}) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  return <Waiting what={what} />;
}

export const Swatch = ({ color }: { color: string }) => (
  <span className="ts-swatch" style={{ background: color }} />
);

export function Coverage({ share, label }: { share: number; label: string }) {
  return (
    <span className="ts-bar" role="img" aria-label={`${label}: ${formatShare(share)}`}>
      <span style={{ width: `${share * 100}%` }} />
    </span>
  );
}

/** A moment as "5 minutes ago", with the exact time behind it. */
export function Ago({ at }: { at: number }) {
  return (
    <Tooltip label={formatMoment(at)}>
      <time dateTime={new Date(at * 1000).toISOString()}>{formatAgo(at)}</time>
    </Tooltip>
  );
}

/** A number that is the finding: large, with what it is beneath. */
export function BigNumber({ value, children }: { value: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xl" fw={600} lh={1.2}>
        {value}
      </Text>
      <Text size="xs" c="dimmed">
        {children}
      </Text>
    </div>
  );
}
