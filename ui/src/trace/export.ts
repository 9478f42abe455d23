// The listed traces as a file: JSON, and CSV for spreadsheets.
import type { TraceSummary } from './summary.ts';

export const EXPORTS = ['json', 'csv'] as const;
export type ExportFormat = (typeof EXPORTS)[number];

export const MEDIA_TYPES: Record<ExportFormat, string> = {
  json: 'application/json',
  csv: 'text/csv;charset=utf-8',
};

/** `address` is where each trace can be seen, with the id at its end. */
export function exportText(
  traces: readonly TraceSummary[],
  format: ExportFormat,
  address: string,
): string {
  return format === 'csv' ? csv(traces, address) : `${JSON.stringify(traces.map(told), null, 2)}\n`;
}

/** A name that says when: hopline-traces-20261122T0904Z.csv */
export function exportName(format: ExportFormat, now: number): string {
  const stamp = new Date(now).toISOString().slice(0, 16).replace(/[-:]/g, '');
  return `hopline-traces-${stamp}Z.${format}`;
}

function told(trace: TraceSummary) {
  const { startMillis, ...rest } = trace;
  return { ...rest, start: startOf(startMillis) };
}

const COLUMNS = [
  'trace',
  'start',
  'duration_ms',
  'service',
  'operation',
  'spans',
  'errors',
  'error_service',
  'error',
  'services',
  'address',
];

function csv(traces: readonly TraceSummary[], address: string): string {
  const rows = traces.map((trace) => [
    trace.traceId,
    startOf(trace.startMillis) ?? '',
    String(trace.durationNano / 1e6),
    trace.root.service ?? '',
    trace.root.operation ?? '',
    String(trace.spanCount),
    String(trace.errorCount),
    trace.errorOrigin?.service ?? '',
    trace.errorOrigin?.text ?? '',
    trace.services.map((service) => service.name).join(' '),
    address + trace.traceId,
  ]);
  // RFC 4180 ends lines so.
  return [COLUMNS, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** What a spreadsheet would take for a formula begins with an apostrophe, so that it stays text (OWASP, CSV injection). */
export function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function startOf(millis: number): string | null {
  return millis > 0 ? new Date(millis).toISOString() : null;
}
