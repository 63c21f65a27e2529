/** What is shown, and which class is chosen. */

import type { Action } from "../../../actions/action.ts";
import { activeClasses, shortcutOf, type Taxonomy } from "../../../api/taxonomies.ts";
import type { CanvasEngine } from "../../../canvas/engine.ts";
import type { Look } from "../../../canvas/look.ts";
import { setClass, setLook, toggleHidden, toggleSolo, useChoice } from "../choice.ts";

const cycle = <Value>(values: readonly Value[], now: Value): Value =>
  values[(values.indexOf(now) + 1) % values.length] as Value;

export function viewActions(engine: CanvasEngine): Action[] {
  const look = (): Look => useChoice.getState().look;
  return [
    {
      id: "fit",
      title: "Fit the image to the screen",
      group: "View",
      keys: ["Shift+Digit1"],
      run: () => engine.viewport.fit(),
    },
    {
      id: "zoom in",
      title: "Zoom in",
      group: "View",
      keys: ["Equal", "Shift+Equal"],
      run: () => engine.zoomBy(1.5),
    },
    { id: "zoom out", title: "Zoom out", group: "View", keys: ["Minus"], run: () => engine.zoomBy(1 / 1.5) },
    {
      id: "true size",
      title: "One screen pixel per image pixel",
      group: "View",
      keys: ["Shift+Digit0"],
      run: () => engine.zoomBy(1 / engine.viewport.camera.scale),
    },
    {
      id: "view",
      title: "Semantic, instance, panoptic",
      group: "View",
      keys: ["KeyV"],
      run: () => setLook({ view: cycle(["semantic", "instance", "panoptic"] as const, look().view) }),
    },
    {
      id: "fill mode",
      title: "Filled, outlined, patterned",
      group: "View",
      keys: ["KeyG"],
      run: () => setLook({ fill: cycle(["fill", "outline", "pattern"] as const, look().fill) }),
    },
    {
      id: "more opaque",
      title: "Stronger labels",
      group: "View",
      keys: ["Period"],
      run: () => setLook({ opacity: Math.min(1, look().opacity + 0.1) }),
    },
    {
      id: "less opaque",
      title: "Fainter labels",
      group: "View",
      keys: ["Comma"],
      run: () => setLook({ opacity: Math.max(0, look().opacity - 0.1) }),
    },
    {
      id: "show unlabelled",
      title: "Mark what is not labelled",
      group: "View",
      keys: ["Shift+KeyU"],
      run: () => setLook({ showUnlabelled: !look().showUnlabelled }),
      isOn: () => look().showUnlabelled,
    },
    {
      id: "solo",
      title: "Show only the chosen class",
      group: "View",
      keys: ["Shift+KeyS"],
      run: () => toggleSolo(useChoice.getState().classNumber),
    },
    {
      id: "hide",
      title: "Hide the chosen class",
      group: "View",
      keys: ["Shift+KeyH"],
      run: () => toggleHidden(useChoice.getState().classNumber),
    },
    {
      id: "show all",
      title: "Show all classes",
      group: "View",
      keys: [],
      run: () => setLook({ hidden: new Set(), solo: null }),
    },
  ];
}

export function classActions(taxonomy: Taxonomy): Action[] {
  const classes = activeClasses(taxonomy);
  return classes.map((c, index) => {
    const key = shortcutOf(classes, index);
    return {
      id: `class ${c.number}`,
      title: `Choose ${c.name}`,
      group: "Classes",
      keys: key === null ? [] : [/\d/.test(key) ? `Digit${key}` : `Key${key.toUpperCase()}`],
      run: () => setClass(c.number),
      isOn: () => useChoice.getState().classNumber === c.number,
    };
  });
}
