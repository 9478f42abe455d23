// Finding text in a trace: service, operation, attribute keys and values, ids.
import { valueText } from './span.ts';
import { type Trace, operationOf, serviceOf } from './trace.ts';

/**
 * Hop indexes whose text holds what is sought, in order. Case does not count. `positions` are spans that are
 * known to hold it, where the trace came without them.
 */
export function findHops(
  trace: Trace,
  sought: string,
  positions: readonly number[] = [],
): Int32Array {
  const needle = sought.trim().toLowerCase();
  if (needle === '') return new Int32Array();
  const texts = textsOf(trace);
  const known = new Set(positions.map((position) => trace.hopByIndex[position]));
  const found: number[] = [];
  for (let hop = 0; hop < texts.length; hop++) {
    if (texts[hop]!.includes(needle) || known.has(hop)) found.push(hop);
  }
  return Int32Array.from(found);
}

/** Made on the first search of a trace, then kept as long as the trace is. */
function textsOf(trace: Trace): string[] {
  let texts = cache.get(trace);
  if (!texts) {
    texts = trace.hops.records.map((record) => {
      const words = [serviceOf(record) ?? '', operationOf(record) ?? ''];
      for (const end of [record.callee, record.caller]) {
        if (end?.spanIndex == null) continue;
        words.push(end.spanId ?? '');
        const span = trace.readSpan(end.spanIndex);
        if (!span) continue;
        words.push(span.statusMessage ?? '');
        for (const { key, value } of span.attributes) words.push(key, valueText(value));
        for (const event of span.events) words.push(event.name);
      }
      return words.join('\n').toLowerCase();
    });
    cache.set(trace, texts);
  }
  return texts;
}

const cache = new WeakMap<Trace, string[]>();
