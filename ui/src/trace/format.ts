// Durations, counts and times as text, in the words and digits of each language.

export type Language = 'en' | 'ko';
/** Of whoever looks, or the same for everybody. */
export const ZONES = ['local', 'utc'] as const;
export type Zone = (typeof ZONES)[number];

const NO_BREAK = ' ';
const MINUS = '−';
export const ABSENT = '–';

/** Nanoseconds with three significant digits; from a minute on in minutes and hours. */
export function formatDuration(nanos: number | null | undefined, language: Language): string {
  if (nanos == null || Number.isNaN(nanos)) return ABSENT;
  if (nanos < 0) return MINUS + formatDuration(-nanos, language);
  if (nanos === 0) return '0';
  // Rounding to three digits may carry into the next unit: 999.6 ms is 1.00 s.
  const rounded = Number(nanos.toPrecision(3));
  if (rounded >= 60e9) return formatMinutes(nanos, language);
  const [unit, size] = UNITS.find(([, size]) => rounded >= size) ?? ['ns', 1];
  if (unit === 'ns') return `${Math.max(1, Math.round(rounded))}${NO_BREAK}ns`;
  return `${threeDigits(rounded / size)}${NO_BREAK}${unit}`;
}

/** A duration with its sign always said. */
export function formatSigned(nanos: number, language: Language): string {
  if (nanos === 0) return '0';
  return (nanos < 0 ? MINUS : '+') + formatDuration(Math.abs(nanos), language);
}

/** The shortest exact text of a tick on a time axis. */
export function formatAxis(nanos: number): string {
  if (nanos === 0) return '0';
  const [unit, size] = AXIS_UNITS.find(([, size]) => Math.abs(nanos) >= size) ?? ['ns', 1];
  return `${Number((nanos / size).toFixed(6))}${NO_BREAK}${unit}`;
}

export function formatCount(count: number, language: Language): string {
  return numberFormats[language].format(count);
}

/** A count where room is short: whole below 100,000. */
export function formatCompact(count: number, language: Language): string {
  return count < 100_000 ? formatCount(count, language) : compactFormats[language].format(count);
}

export function formatShare(share: number): string {
  if (!Number.isFinite(share)) return ABSENT;
  const percent = share * 100;
  if (percent === 0) return '0%';
  if (percent < 0.1) return '<0.1%';
  return percent < 9.95 ? `${percent.toFixed(1)}%` : `${Math.round(percent)}%`;
}

/** In which zone all times are told from now on: one for the whole window, so that no two texts disagree. */
export function tellTimesIn(chosen: Zone): void {
  zone = chosen;
}

/** How far clock times are behind UTC at a moment, in milliseconds. */
export function zoneOffset(millis: number): number {
  return zone === 'utc' ? 0 : new Date(millis).getTimezoneOffset() * 60_000;
}

/** 03:07:42.118, in the chosen zone. */
export function formatClock(millis: number, precision: 'minutes' | 'seconds' | 'millis'): string {
  const date = new Date(millis - zoneOffset(millis));
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
  if (precision === 'minutes') return minutes;
  const seconds = `${minutes}:${two(date.getUTCSeconds())}`;
  if (precision === 'seconds') return seconds;
  return `${seconds}.${String(date.getUTCMilliseconds()).padStart(3, '0')}`;
}

export function formatDate(millis: number, language: Language, now: number): string {
  // The formats know the clock as it is told; the zone is in the moment.
  const told = new Date(millis - zoneOffset(millis));
  const sameYear = told.getUTCFullYear() === new Date(now - zoneOffset(now)).getUTCFullYear();
  return (sameYear ? dateFormats : datedFormats)[language].format(told);
}

/** The short name of the zone that the clock times are in. */
export function formatZone(millis: number): string {
  if (zone === 'utc') return 'UTC';
  const parts = zoneFormat.formatToParts(new Date(millis));
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? 'UTC';
}

export function formatAgo(millis: number, now: number, language: Language): string {
  const seconds = Math.floor((now - millis) / 1000);
  const korean = language === 'ko';
  if (seconds < 10) return korean ? '방금' : 'just now';
  if (seconds < 60) return korean ? `${seconds}초 전` : `${seconds} s ago`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return korean ? `${minutes}분 전` : `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return korean ? `${hours}시간 전` : `${hours} h ago`;
  return formatDate(millis, language, now);
}

function formatMinutes(nanos: number, language: Language): string {
  const seconds = Math.round(nanos / 1e9);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = seconds % 60;
  const two = (value: number) => String(value).padStart(2, '0');
  if (language === 'ko') {
    return hours > 0 ? `${hours}시간 ${two(minutes)}분` : `${minutes}분 ${rest}초`;
  }
  const space = NO_BREAK;
  return hours > 0
    ? `${hours}${space}h ${two(minutes)}${space}min`
    : `${minutes}${space}min ${rest}${space}s`;
}

function threeDigits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

let zone: Zone = 'local';

const UNITS: readonly (readonly [string, number])[] = [
  ['s', 1e9],
  ['ms', 1e6],
  ['µs', 1e3],
];
const AXIS_UNITS: readonly (readonly [string, number])[] = [['h', 3600e9], ['min', 60e9], ...UNITS];
const numberFormats = { en: new Intl.NumberFormat('en-US'), ko: new Intl.NumberFormat('ko-KR') };
const compactFormats = {
  en: new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 }),
  ko: new Intl.NumberFormat('ko-KR', { notation: 'compact', maximumSignificantDigits: 3 }),
};
const day = { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' } as const;
const koreanDay = { ...day, month: 'long' } as const;
const dateFormats = {
  en: new Intl.DateTimeFormat('en-GB', day),
  ko: new Intl.DateTimeFormat('ko-KR', koreanDay),
};
const datedFormats = {
  en: new Intl.DateTimeFormat('en-GB', { ...day, year: 'numeric' }),
  ko: new Intl.DateTimeFormat('ko-KR', { ...koreanDay, year: 'numeric' }),
};
const zoneFormat = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' });
