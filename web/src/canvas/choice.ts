/** What is chosen in the editor: the page sets it, the canvas works with it. */

import type { Locks } from "./document.ts";
import type { Look } from "./look.ts";
import type { ToolId, ToolSettings } from "./tools/tool.ts";

export interface Choice {
  readonly tool: ToolId;
  readonly classNumber: number;
  /** Each group of strokes becomes an object of its own. */
  readonly paintsObjects: boolean;
  readonly settings: ToolSettings;
  readonly locks: Locks;
  readonly look: Look;
}
