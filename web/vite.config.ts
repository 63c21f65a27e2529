import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../src/townscape/server/static",
    emptyOutDir: true,
    target: "es2022",
    // Vega alone is larger than the usual limit; it is loaded when a chart is shown.
    chunkSizeWarningLimit: 1500,
  },
  // A hanging test is ended in the end; a slow machine is no failure.
  test: { include: ["tests/**/*.test.ts"], testTimeout: 60_000 },
});
