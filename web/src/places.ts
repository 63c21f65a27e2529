/** The pages, in the order of the work. */

import type { IconName } from "./ui/icons.tsx";

export const PLACES: readonly { readonly path: string; readonly name: string; readonly icon: IconName }[] = [
  { path: "/", name: "Home", icon: "home" },
  { path: "/collect", name: "Collect", icon: "collect" },
  { path: "/images", name: "Images", icon: "images" },
  { path: "/map", name: "Map", icon: "map" },
  { path: "/curate", name: "Curate", icon: "curate" },
  { path: "/taxonomy", name: "Taxonomy", icon: "taxonomy" },
  { path: "/import", name: "Import", icon: "import" },
  { path: "/export", name: "Export", icon: "export" },
  { path: "/train", name: "Train", icon: "train" },
  { path: "/evaluate", name: "Evaluate", icon: "evaluate" },
  { path: "/predict", name: "Predict", icon: "predict" },
  { path: "/insights", name: "Insights", icon: "insights" },
  { path: "/report", name: "Report", icon: "report" },
  { path: "/runs", name: "Runs", icon: "runs" },
];
