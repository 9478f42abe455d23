// A trace as the server gives it to programs: the same trace in each format, as text.
import type { RawFormat } from '../trace/raw.ts';
import { addressOf, getText } from './http.ts';

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

export function loadRaw(id: string, format: RawFormat, signal?: AbortSignal): Promise<string> {
  return getText(rawAddress(id, format), signal);
}
