/** Lines of equal longitude and latitude for a map that has no other ground. */

export interface Bounds {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

export interface GridLine {
  readonly axis: "longitude" | "latitude";
  readonly degrees: number;
  /** `52.52° N` */
  readonly label: string;
}

const STEPS = [1, 2, 5] as const;
const MAX_LATITUDE = 85;
const WANTED_LINES = 6;

/** The step in degrees that puts about six lines across a span: 1, 2 or 5 times a power of ten. */
export function stepOf(span: number): number {
  const rough = Math.min(30, Math.max(1e-6, span / WANTED_LINES));
  const power = 10 ** Math.floor(Math.log10(rough));
  return (STEPS.find((step) => step * power >= rough) ?? 10) * power;
}

/** Every line that crosses the bounds. */
export function linesIn(bounds: Bounds): GridLine[] {
  const step = stepOf(Math.max(bounds.east - bounds.west, bounds.north - bounds.south));
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const [south, north] = [Math.max(-MAX_LATITUDE, bounds.south), Math.min(MAX_LATITUDE, bounds.north)];
  return [
    ...multiples(bounds.west, bounds.east, step).map((degrees) => ({
      axis: "longitude" as const,
      degrees,
      label: named(wrapped(degrees), digits, "E", "W"),
    })),
    ...multiples(south, north, step).map((degrees) => ({
      axis: "latitude" as const,
      degrees,
      label: named(degrees, digits, "N", "S"),
    })),
  ];
}

function multiples(from: number, to: number, step: number): number[] {
  const found: number[] = [];
  for (let k = Math.ceil(from / step); k * step <= to; k++) found.push(k * step);
  return found;
}

/** West of the antimeridian the map goes on counting; people do not. */
const wrapped = (longitude: number): number => ((((longitude + 180) % 360) + 360) % 360) - 180;

function named(degrees: number, digits: number, positive: string, negative: string): string {
  const shown = Math.abs(degrees).toFixed(digits);
  const side = Number(shown) === 0 ? "" : ` ${degrees > 0 ? positive : negative}`;
  return `${shown}°${side}`;
}

/** The lines as GeoJSON: each as far as the bounds go, with its label at the left or the lower end. */
export function graticule(bounds: Bounds): GeoJSON.FeatureCollection {
  const features = linesIn(bounds).flatMap(({ axis, degrees, label }): GeoJSON.Feature[] => {
    const ends =
      axis === "longitude"
        ? [
            [degrees, bounds.south],
            [degrees, bounds.north],
          ]
        : [
            [bounds.west, degrees],
            [bounds.east, degrees],
          ];
    return [
      { type: "Feature", properties: { axis }, geometry: { type: "LineString", coordinates: ends } },
      {
        type: "Feature",
        properties: { axis, label },
        geometry: { type: "Point", coordinates: ends[0] as number[] },
      },
    ];
  });
  return { type: "FeatureCollection", features };
}
