/** Curves of a run, as they grow: small line charts of plain SVG. */

import { Text } from "@mantine/core";
import type { Curve } from "../api/runs.ts";

const WIDTH = 420;
const HEIGHT = 150;
const LEFT = 44;
const BOTTOM = 22;

export function Curves({ curves }: { curves: readonly Curve[] }) {
  if (curves.length === 0) return null;
  return (
    <div style={{ display: "flex", flexWrap: "wrap", gap: "1.5rem" }}>
      {curves.map((curve) => (
        <Chart key={curve.name} curve={curve} />
      ))}
    </div>
  );
}

function Chart({ curve }: { curve: Curve }) {
  const values = curve.points.map((point) => point.value);
  const steps = curve.points.map((point) => point.step);
  const low = Math.min(0, ...values);
  const high = niceCeil(Math.max(...values, low + 1e-6));
  const last = Math.max(1, steps.at(-1) ?? 1);
  const x = (step: number): number => LEFT + ((WIDTH - LEFT - 8) * step) / last;
  const y = (value: number): number => 8 + (HEIGHT - BOTTOM - 8) * (1 - (value - low) / (high - low));
  const line = curve.points.map(
    (p, k) => `${k === 0 ? "M" : "L"}${x(p.step).toFixed(1)},${y(p.value).toFixed(1)}`,
  );
  const newest = values.at(-1);
  const label = `${curve.name}: ${newest?.toFixed(3) ?? "none yet"} at step ${steps.at(-1) ?? 0}`;
  return (
    <figure style={{ margin: 0 }}>
      <Text size="sm">
        {curve.name[0]?.toUpperCase()}
        {curve.name.slice(1)} <strong>{newest?.toFixed(3)}</strong>
      </Text>
      <svg width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
        {[low, (low + high) / 2, high].map((value) => (
          <g key={value}>
            <line x1={LEFT} x2={WIDTH - 8} y1={y(value)} y2={y(value)} stroke="var(--ts-line)" />
            <text x={LEFT - 6} y={y(value) + 4} textAnchor="end" fontSize={11} fill="var(--ts-muted)">
              {value.toFixed(high < 10 ? 2 : 0)}
            </text>
          </g>
        ))}
        <text x={WIDTH - 8} y={HEIGHT - 4} textAnchor="end" fontSize={11} fill="var(--ts-muted)">
          step {last}
        </text>
        <path d={line.join("")} fill="none" stroke="var(--mantine-primary-color-filled)" strokeWidth={2} />
        {curve.points.length < 12 &&
          curve.points.map((p) => (
            <circle
              key={p.step}
              cx={x(p.step)}
              cy={y(p.value)}
              r={3}
              fill="var(--mantine-primary-color-filled)"
            />
          ))}
      </svg>
    </figure>
  );
}

/** The next larger number of the form 1, 2 or 5 times a power of ten. */
function niceCeil(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((m) => m * power >= value) ?? 10) * power;
}
