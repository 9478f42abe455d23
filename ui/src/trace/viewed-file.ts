// A file of spans that is looked at and stays in the browser's memory: what is known of it.
import type { TraceSummary } from './summary.ts';

export interface ViewedFile {
  /** Tells it from files that were looked at before, whatever their names. */
  key: number;
  name: string;
  /** What is sent with every question about it. */
  body: Blob;
  packing: 'gzip' | null;
}

/** What the server found in it. */
export interface FileContent {
  format: string;
  spanCount: number;
  traceCount: number;
  traces: TraceSummary[];
  /** More traces than are listed. */
  truncated: boolean;
  refused: { count: number; first: string | null };
}

export interface FileLimits {
  /** Bytes of what is sent. */
  body: number;
  /** Bytes of what was packed into it. */
  inflated: number;
}

/** Names of formats, in every language the same. */
const FORMATS: Readonly<Record<string, string>> = {
  zipkin_json: 'Zipkin v2',
  zipkin_v1_json: 'Zipkin v1',
  otlp_json: 'OTLP',
  otlp_logs_json: 'OTLP',
  jaeger_json: 'Jaeger',
  hopline_json: 'Hopline',
};

export function formatName(format: string): string {
  return FORMATS[format] ?? format;
}

/** The limit that a file exceeds before it is sent, in bytes. A packed one may hold anything. */
export function exceeded(size: number, packed: boolean, limits: FileLimits): number | null {
  const most = packed ? limits.body : limits.inflated;
  return size > most ? most : null;
}

/** Whether a file begins as gzip does, and JSON never. */
export function isPacked(start: Uint8Array): boolean {
  return start[0] === 0x1f && start[1] === 0x8b;
}

/** The address of a trace of a file; the file itself is in no address. */
export function addressInFile(name: string, traceId: string, spanId: string | null): string {
  const keys = new URLSearchParams({ file: name, trace: traceId });
  if (spanId) keys.set('span', spanId);
  return `/view?${keys}`;
}

/** A name for what is saved: that of the file without its endings. */
export function savedName(name: string, format: string): string {
  const stem = name.replace(/(\.json|\.gz|\.zipkin|\.otlp|\.hopline|\.jaeger|\.txt)+$/i, '');
  // What a file system or a reader could take for something else.
  const plain = stem.replace(/[^\p{L}\p{N}._ -]+/gu, '_').slice(0, 80);
  return `${plain || 'trace'}.${format}.json`;
}
