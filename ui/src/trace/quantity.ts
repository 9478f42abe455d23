// Rates, bytes and factors as text, in the words and digits of each language.
import { ABSENT, type Language, formatCount } from './format.ts';

/** Calls per second; below one a second per minute, below one a minute per hour. */
export function formatRate(perSecond: number | null, language: Language): string {
  if (perSecond === null || !Number.isFinite(perSecond)) return ABSENT;
  if (perSecond === 0) return '0';
  const [size, en, ko] = RATES.find(([size]) => perSecond * size >= 0.9995) ?? RATES.at(-1)!;
  const number = threeDigits(perSecond * size, language);
  return language === 'ko' ? `${ko} ${number}회` : `${number}/${en}`;
}

/** Bytes in powers of 1024. */
export function formatBytes(bytes: number | null, language: Language): string {
  if (bytes === null || !Number.isFinite(bytes)) return ABSENT;
  if (bytes < 1024) return `${formatCount(Math.round(bytes), language)}\u00a0B`;
  const power = Math.min(UNITS.length, Math.floor(Math.log2(bytes) / 10));
  return `${threeDigits(bytes / 1024 ** power, language)}\u00a0${UNITS[power - 1]}`;
}

/** How many times as much: two digits below ten. */
export function formatFactor(factor: number | null, language: Language): string {
  if (factor === null || !Number.isFinite(factor)) return ABSENT;
  const number = factor < 9.95 ? factor.toFixed(1) : formatCount(Math.round(factor), language);
  return language === 'ko' ? `${number}배` : `${number}×`;
}

function threeDigits(value: number, language: Language): string {
  if (value >= 99.95) return formatCount(Math.round(value), language);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;
const RATES = [
  [1, 's', '초당'],
  [60, 'min', '분당'],
  [3600, 'h', '시간당'],
] as const;
