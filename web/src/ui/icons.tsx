/** Icons: line drawings on a 20-unit grid. An icon never stands without a name beside or behind it. */

import type { ReactNode } from "react";

const PATHS = {
  home: <path d="M3 9.5 10 4l7 5.5V16H3zM8 16v-4h4v4" />,
  collect: <path d="M3 9v7.500h14V9M3 9l2.500-5h9L17 9M3 9h4.500l1 2h3l1-2H17" />,
  curate: <path d="M3 4h14l-5.500 6.500V16l-3 1.500v-7zM3 4l5.500 6.500" />,
  map: (
    <path d="M10 17.500S4.500 12 4.500 8a5.500 5.500 0 0 1 11 0c0 4-5.500 9.500-5.500 9.500zM10 6a2 2 0 1 0 0 4 2 2 0 0 0 0-4" />
  ),
  basket: <path d="M3 8h14l-1.500 8.500h-11zM6.500 8l2-5M13.500 8l-2-5M8 11v3M12 11v3" />,
  check: <path d="M4 10.500l4 4 8-9" />,
  images: <path d="M3 4h14v12H3zM3 13l4-4 3 3 3-3.5 4 4.5M7.5 7.5h.01" />,
  taxonomy: <path d="M4 4h5v4H4zM4 12h5v4H4zM12 5h5M12 7.500h3M12 13h5M12 15.500h3" />,
  import: <path d="M10 3v9M6.500 8.500 10 12l3.500-3.500M4 13v3.500h12V13" />,
  export: <path d="M10 12V3M6.500 6.500 10 3l3.500 3.500M4 13v3.500h12V13" />,
  train: <path d="M3 16h14M4 13l4-4 3 2 5-6M13 5h3v3" />,
  evaluate: <path d="M4 16V9M8 16V5M12 16v-5M16 16V7" />,
  predict: (
    <path d="M10 3l1.700 4.300L16 9l-4.300 1.700L10 15l-1.700-4.300L4 9l4.300-1.700zM15.500 14v3M14 15.500h3" />
  ),
  insights: <path d="M3 5.500 8 4l4 1.500L17 4v10.500L12 16l-4-1.500L3 16zM8 4v10.500M12 5.500V16" />,
  report: <path d="M5 3h7l3 3v11H5zM12 3v3h3M7.500 9.500h5M7.500 12h5M7.500 14.500h3" />,
  runs: <path d="M10 3a7 7 0 1 0 7 7M10 6v4l2.500 2.500M13 3.500l3 .5-.5 3" />,
  pan: (
    <path d="M10 2.500v15M2.500 10h15M10 2.500 8 4.500M10 2.500l2 2M10 17.500l-2-2M10 17.500l2-2M2.500 10l2-2M2.500 10l2 2M17.500 10l-2-2M17.500 10l-2 2" />
  ),
  brush: (
    <path d="M16.500 3.500 9 11M9 11c-2 0-3 1-3 3 0 1.500-1.500 2-2.500 2 3 1.500 7.500.500 7.500-3.500z" />
  ),
  eraser: <path d="M8 16 3.500 11.500l7-8 6 6L10 16zM7 8l5.500 5.500M8 16h9" />,
  polygon: <path d="M4 7l7-4 5.500 6L13 16H6zM4 7h.01M11 3h.01M16.500 9h.01M13 16h.01M6 16h.01" />,
  rectangle: <path d="M3.500 5h13v10h-13z" />,
  fill: (
    <path d="M8.500 3.500 15 10l-5.500 5.500L4 10l5.500-5.500M4 10h11M16.500 13c1 1.500 1 3 0 3s-1-1.500 0-3" />
  ),
  superpixel: (
    <path d="M3 6l4-3 5 1 5-1v6l-2 3 2 4-6 1-4-2-4 1V9zM7 3l1 5-5 1M8 8l5 2 4-1M13 10l-2 6M8 8l-1 6" />
  ),
  pick: <path d="M12 4l4 4M13.500 2.500l4 4-3 3-4-4zM11.500 7.500 4 15v2h2l7.500-7.500" />,
  undo: <path d="M4 8h8a4 4 0 0 1 0 8H8M4 8l3.500-3.500M4 8l3.500 3.500" />,
  redo: <path d="M16 8H8a4 4 0 0 0 0 8h4M16 8l-3.500-3.500M16 8l-3.500 3.500" />,
  eye: (
    <path d="M2.500 10S5 5 10 5s7.500 5 7.500 5-2.500 5-7.500 5-7.500-5-7.500-5zM10 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4" />
  ),
  hidden: (
    <path d="M3 3l14 14M8 5.300A8 8 0 0 1 10 5c5 0 7.500 5 7.500 5a13 13 0 0 1-2.300 3M12 14.700a8 8 0 0 1-2 .3c-5 0-7.500-5-7.500-5a13 13 0 0 1 3-3.600" />
  ),
  lock: <path d="M5 9h10v8H5zM7 9V6.500a3 3 0 0 1 6 0V9" />,
  open: <path d="M5 9h10v8H5zM7 9V6.500a3 3 0 0 1 5.800-1" />,
  solo: <path d="M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14M10 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4" />,
  left: <path d="M12 4l-6 6 6 6" />,
  right: <path d="M8 4l6 6-6 6" />,
  up: <path d="M4 12l6-6 6 6" />,
  down: <path d="M4 8l6 6 6-6" />,
  help: (
    <path d="M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14M8 8a2 2 0 1 1 2.500 2c-.5.200-.5.500-.5 1.500M10 14h.01" />
  ),
  fit: <path d="M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4" />,
  search: <path d="M9 3.500a5.500 5.500 0 1 0 0 11 5.500 5.500 0 0 0 0-11M13 13l4 4" />,
  close: <path d="M5 5l10 10M15 5 5 15" />,
  plus: <path d="M10 4v12M4 10h12" />,
  folder: <path d="M3 5h5l1.500 2H17v9H3z" />,
  file: <path d="M5 3h7l3 3v11H5zM12 3v3h3" />,
  moon: <path d="M16 12A6.500 6.500 0 0 1 8 4a6.500 6.500 0 1 0 8 8z" />,
  sun: (
    <path d="M10 6.500a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7M10 2v2M10 16v2M2 10h2M16 10h2M4.500 4.500 6 6M14 14l1.500 1.500M4.500 15.500 6 14M14 6l1.500-1.500" />
  ),
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {PATHS[name]}
    </svg>
  );
}
