// Asking why a trace is slow.
import type { Finding } from '../trace/why.ts';
import { getJson } from './http.ts';
import type { SkewChoice } from './trace.ts';
import { list, numberOrNull, object, text } from './wire.ts';

export async function loadFindings(
  id: string,
  skew: SkewChoice,
  signal?: AbortSignal,
): Promise<Finding[]> {
  const query = skew === 'raw' ? '?skew=raw' : '';
  const path = `api/hopline/traces/${encodeURIComponent(id)}/why${query}`;
  return list(object(await getJson(path, signal))['findings']).map((value) => {
    const finding = object(value);
    return {
      kind: text(finding['kind']),
      excessNano: numberOrNull(finding['excessNano']),
      share: numberOrNull(finding['share']),
      spanIds: list(finding['spanIds']).filter((id): id is string => typeof id === 'string'),
      values: object(finding['values']),
      text: text(finding['text']),
    };
  });
}
