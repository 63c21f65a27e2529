/** How often which value occurs, with the threshold as a slider beneath: what is beyond is coloured. */

import { formatCount } from "../../../ui/format.ts";

export interface Bins {
  /** One more than counts, rising. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

const HEIGHT = 72;
const STEPS = 400;

export function Histogram({
  title,
  bins: { edges, counts },
  worse,
  threshold,
  shown,
  onChange,
}: {
  title: string;
  bins: Bins;
  worse: "high" | "low";
  threshold: number;
  /** The threshold in words. */
  shown: string;
  onChange: (threshold: number) => void;
}) {
  const [low, high] = [edges[0] ?? 0, edges.at(-1) ?? 1];
  const reach = high - low || 1;
  const most = Math.max(1, ...counts);
  // A slider rounds its ends, which would leave out the one picture that lies there.
  const exact = (value: number): number =>
    value < low + reach / STEPS / 2 ? low : value > high - reach / STEPS / 2 ? high : value;
  const at = (value: number): number => (100 * (value - low)) / reach;
  return (
    <div className="ts-histogram">
      <svg viewBox={`0 0 100 ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {counts.map((count, k) => {
          const [from, to] = [edges[k] ?? low, edges[k + 1] ?? high];
          const isBad = worse === "high" ? to > threshold : from < threshold;
          // The root keeps the few, which are what one looks for, from vanishing beside the many.
          const height = count === 0 ? 0 : Math.max(2, HEIGHT * Math.sqrt(count / most));
          return (
            <rect
              key={from}
              data-bad={isBad || undefined}
              x={at(from) + 0.15}
              y={HEIGHT - height}
              width={Math.max(0.2, at(to) - at(from) - 0.3)}
              height={height}
            >
              <title>{formatCount(count)}</title>
            </rect>
          );
        })}
        <line x1={at(threshold)} x2={at(threshold)} y1={0} y2={HEIGHT} vectorEffect="non-scaling-stroke" />
      </svg>
      <input
        type="range"
        aria-label={`${title}: threshold`}
        aria-valuetext={shown}
        min={low}
        max={high}
        step={reach / STEPS}
        value={threshold}
        onChange={(event) => onChange(exact(Number(event.currentTarget.value)))}
      />
      <div className="ts-histogram-ends" aria-hidden="true">
        <span>{formatValue(low)}</span>
        <span>{formatValue(high)}</span>
      </div>
    </div>
  );
}

/** Three digits that count. */
export const formatValue = (value: number): string =>
  value === 0 ? "0" : Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
