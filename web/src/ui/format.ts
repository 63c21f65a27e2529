/** Numbers, times and shares as people read them. */

const count = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const relative = new Intl.RelativeTimeFormat("en-GB", { numeric: "auto" });
const absolute = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

/** `1 234 567` with thin spaces. */
export const formatCount = (value: number): string => count.format(value).replaceAll(",", "\u202f");

/** `12.3 %`; more digits near the ends, so that 99.97 % is not called 100 %. */
export function formatShare(value: number | null | undefined, digits = 1): string {
  if (value === null || value === undefined) return "–";
  const percent = value * 100;
  const isNearEnd = (percent > 99 && percent < 100) || (percent > 0 && percent < 1);
  const fixed = percent.toFixed(isNearEnd ? Math.max(2, digits) : digits);
  const shown = Number(fixed) === 100 && value < 1 ? "99.99" : fixed;
  return `${shown}\u202f%`;
}

/** `4.2 MB`; decimal units, as file managers show them. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return `${value.toFixed(step === 0 || value >= 100 ? 0 : 1)}\u202f${units[step]}`;
}

export const formatScore = (value: number | null | undefined): string =>
  value === null || value === undefined ? "–" : value.toFixed(3);

/** `42 s`, `3:07 min`, `2:05 h`. */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${String(Math.floor(seconds % 60)).padStart(2, "0")} min`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")} h`;
}

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** `5 minutes ago`; `at` in seconds since 1970. */
export function formatAgo(at: number, now: number = Date.now() / 1000): string {
  const seconds = at - now;
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return relative.format(Math.round(seconds / length), unit);
  }
  return "just now";
}

/** A hint as a sentence of its own: on the command line it follows a colon. */
export const asSentence = (hint: string): string => hint.charAt(0).toUpperCase() + hint.slice(1);

export const formatMoment = (at: number): string => absolute.format(new Date(at * 1000));
