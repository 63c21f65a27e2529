/** What a browser sees that nobody has let in. */

import { Code, Text } from "@mantine/core";
import { Page } from "../ui/parts.tsx";

export function SignedOut() {
  return (
    <Page title="This browser is not signed in">
      <Text maw="36rem">
        Townscape lets a browser in by the link that it prints in the terminal. Open the newest link there, or
        start <Code>townscape serve</Code> anew: it prints another. Nothing that was painted here is lost; it
        is saved as soon as you are in again.
      </Text>
    </Page>
  );
}
