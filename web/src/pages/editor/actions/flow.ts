/** Undo and save, and on to the next image. */

import type { Action } from "../../../actions/action.ts";
import type { CanvasEngine } from "../../../canvas/engine.ts";
import { notifyProblem } from "../../../ui/notices.tsx";
import { say, useStatus } from "../status.ts";

/** What the page around the canvas can do. */
export interface EditorDoors {
  next(): void;
  previous(): void;
  queueNext(): void;
  submit(): void;
  copyPrevious(): void;
  takePrediction(): void;
  back(): void;
}

const ignore = (promise: Promise<unknown>): void => {
  promise.catch(notifyProblem);
};

export function stepActions(engine: CanvasEngine): Action[] {
  return [
    {
      id: "undo",
      title: "Undo",
      group: "Steps",
      keys: ["KeyZ", "$mod+KeyZ"],
      run: () => ignore(engine.swap("undo")),
      isEnabled: () => useStatus.getState().undo !== null || engine.hands.isInGesture,
    },
    {
      id: "redo",
      title: "Redo",
      group: "Steps",
      keys: ["Shift+KeyZ", "$mod+Shift+KeyZ", "$mod+KeyY"],
      run: () => ignore(engine.swap("redo")),
      isEnabled: () => useStatus.getState().redo !== null,
    },
    {
      id: "cancel",
      title: "Throw the stroke away",
      group: "Steps",
      keys: ["Escape"],
      run: () => engine.hands.cancel(),
    },
    {
      id: "save",
      title: "Save now",
      group: "Steps",
      keys: ["$mod+KeyS"],
      run: () => {
        engine.sync.retry();
        ignore(engine.sync.flush().then(() => say("Saved. It is saved after every stroke anyway.")));
      },
    },
  ];
}

export function flowActions(engine: CanvasEngine, doors: EditorDoors): Action[] {
  return [
    {
      id: "next unlabelled",
      title: "Go to what is not labelled",
      group: "Flow",
      keys: ["KeyE"],
      run: () => ignore(engine.goToUnlabelled().then((found) => !found && say("Everything is labelled."))),
    },
    {
      id: "submit",
      title: "Submit and go to the next",
      group: "Flow",
      keys: ["$mod+Enter"],
      run: doors.submit,
    },
    { id: "queue next", title: "Next in the queue", group: "Flow", keys: ["KeyK"], run: doors.queueNext },
    { id: "next image", title: "Next image in the list", group: "Flow", keys: ["PageDown"], run: doors.next },
    {
      id: "previous image",
      title: "Previous image in the list",
      group: "Flow",
      keys: ["PageUp"],
      run: doors.previous,
    },
    {
      id: "copy previous",
      title: "Copy labels from the previous image",
      group: "Flow",
      keys: ["Shift+KeyC"],
      run: doors.copyPrevious,
    },
    {
      id: "take prediction",
      title: "Start from a prediction …",
      group: "Flow",
      keys: ["Shift+KeyP"],
      run: doors.takePrediction,
    },
    { id: "back", title: "Back to the images", group: "Flow", keys: [], run: doors.back },
  ];
}
