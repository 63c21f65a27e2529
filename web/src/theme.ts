/** The look: a drawing table. Warm neutrals, one accent; only class colours are loud. */

import { createTheme, type MantineColorsTuple, Modal } from "@mantine/core";

const accent: MantineColorsTuple = [
  "#eef4fa",
  "#d9e6f2",
  "#b3cce5",
  "#86aed6",
  "#5f92c6",
  "#3f76ab",
  "#27548a",
  "#214877",
  "#1b3b62",
  "#142d4b",
];

const neutral: MantineColorsTuple = [
  "#faf8f3",
  "#f3f0e8",
  "#e8e3d7",
  "#d6cfc0",
  "#b9b1a0",
  "#938b7b",
  "#6b655a",
  "#4c473f",
  "#332f2a",
  "#23211d",
];

const dark: MantineColorsTuple = [
  "#e9e5db",
  "#c9c4b8",
  "#a49e91",
  "#7d776b",
  "#57524a",
  "#403c36",
  "#322f2a",
  "#272521",
  "#1e1c19",
  "#151412",
];

export const theme = createTheme({
  primaryColor: "accent",
  primaryShade: { light: 6, dark: 5 },
  colors: { accent, gray: neutral, dark },
  fontFamily: "system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif",
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.9375rem", lg: "1.125rem", xl: "1.375rem" },
  defaultRadius: 3,
  cursorType: "pointer",
  autoContrast: true,
  // White or black, whichever has the better contrast (WCAG 2.2): they meet at this luminance.
  luminanceThreshold: 0.179,
  focusRing: "auto",
  respectReducedMotion: true,
  components: {
    Modal: Modal.extend({ defaultProps: { closeButtonProps: { "aria-label": "Close" } } }),
  },
});
