/** Everything that can be done in the editor, as action records. */

import type { Action } from "../../../actions/action.ts";
import type { Taxonomy } from "../../../api/taxonomies.ts";
import type { CanvasEngine } from "../../../canvas/engine.ts";
import { type EditorDoors, flowActions, stepActions } from "./flow.ts";
import { keyboardActions } from "./keyboard.ts";
import { paintActions, toolActions } from "./tools.ts";
import { classActions, viewActions } from "./views.ts";

export type { EditorDoors } from "./flow.ts";
export { TOOL_NAMES } from "./tools.ts";

export function editorActions(engine: CanvasEngine, taxonomy: Taxonomy, doors: EditorDoors): Action[] {
  return [
    ...toolActions(),
    ...paintActions(engine),
    ...viewActions(engine),
    ...classActions(taxonomy),
    ...stepActions(engine),
    ...flowActions(engine, doors),
    ...keyboardActions(engine),
  ];
}
