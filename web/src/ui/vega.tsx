/** A chart from a Vega-Lite specification, the same that reports are printed from. Loaded when needed. */

import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef, useState } from "react";

export default function Chart({ spec, label }: { spec: Record<string, unknown>; label: string }) {
  const holder = useRef<HTMLDivElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const scheme = useComputedColorScheme("light", { getInitialValueInEffect: false });
  useEffect(() => {
    let isGone = false;
    let finish: () => void = () => {};
    draw(holder.current as HTMLDivElement, spec, scheme === "dark", () => isGone)
      .then((stop) => {
        if (isGone) stop();
        else finish = stop;
      })
      .catch((error: unknown) => setProblem(String(error)));
    return () => {
      isGone = true;
      finish();
    };
  }, [spec, scheme]);
  if (problem) return <p role="alert">The chart cannot be drawn: {problem}</p>;
  return <div ref={holder} role="img" aria-label={label} style={{ overflowX: "auto" }} />;
}

async function draw(
  holder: HTMLDivElement,
  spec: Record<string, unknown>,
  isDark: boolean,
  isTooLate: () => boolean,
): Promise<() => void> {
  const [vega, lite, { expressionInterpreter }] = await Promise.all([
    import("vega"),
    import("vega-lite"),
    import("vega-interpreter"),
  ]);
  const [ink, muted, line] = isDark ? ["#e9e5db", "#aaa498", "#403c36"] : ["#23211d", "#625d54", "#ddd8cc"];
  const config = {
    background: "transparent",
    font: "system-ui, sans-serif",
    view: { stroke: null },
    axis: {
      labelColor: muted,
      titleColor: muted,
      domainColor: line,
      tickColor: line,
      gridColor: line,
      labelFontSize: 12,
      titleFontSize: 12,
      titleFontWeight: "normal",
      labelLimit: 220,
    },
    legend: { labelColor: ink, titleColor: muted, labelFontSize: 12, symbolBaseFillColor: muted },
    header: { labelColor: ink, labelFontSize: 12 },
    text: { color: ink },
  };
  const compiled = lite.compile({ ...spec, config } as never).spec;
  // The interpreter needs no eval, which the page's policy forbids.
  const runtime = vega.parse(compiled, undefined, { ast: true });
  // Another theme or specification may be drawn by now, in this very place.
  if (isTooLate()) return () => {};
  const view = new vega.View(runtime, { expr: expressionInterpreter, renderer: "svg" } as never);
  await view.initialize(holder).runAsync();
  return () => {
    view.finalize();
  };
}
