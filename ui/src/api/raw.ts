// A trace as the server gives it to programs: the same trace in each format, as text.
import type { RawFormat } from '../trace/raw.ts';
import type { ViewedFile } from '../trace/viewed-file.ts';
import { addressOf, getText } from './http.ts';
import { askFile } from './view.ts';

export function rawAddress(id: string, format: RawFormat): string {
  const trace = encodeURIComponent(id);
  return addressOf(
    {
      zipkin: `api/v2/trace/${trace}`,
      otlp: `api/hopline/traces/${trace}?format=otlp`,
      hopline: `api/hopline/traces/${trace}`,
    }[format],
  );
}

export async function loadRaw(
  id: string,
  format: RawFormat,
  file: ViewedFile | null,
  signal?: AbortSignal,
): Promise<string> {
  if (!file) return getText(rawAddress(id, format), signal);
  const query = format === 'hopline' ? '' : `?format=${format}`;
  return (await askFile(file, id, query, signal)).text();
}
