// Asking why a trace is slow.
import type { ViewedFile } from '../trace/viewed-file.ts';
import type { Finding } from '../trace/why.ts';
import { getJson } from './http.ts';
import type { SkewChoice } from './trace.ts';
import { askFile } from './view.ts';
import { list, numberOrNull, object, text } from './wire.ts';

export async function loadFindings(
  id: string,
  skew: SkewChoice,
  file: ViewedFile | null,
  signal?: AbortSignal,
): Promise<Finding[]> {
  const query = skew === 'raw' ? '?skew=raw' : '';
  const path = `api/hopline/traces/${encodeURIComponent(id)}/why${query}`;
  const answer: unknown = file
    ? await (await askFile(file, id, `/why${query}`, signal)).json()
    : await getJson(path, signal);
  return list(object(answer)['findings']).map((value) => {
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
