// A filter in the reader's words: "service is" and "payment".
import type { Text } from '../../parts/language.tsx';
import type { Filter } from '../../trace/filter-text.ts';

export function filterWords(filter: Filter, t: Text['t']): { label: string; value: string } {
  switch (filter.kind) {
    case 'service':
    case 'operation':
    case 'notService':
    case 'notOperation':
      return { label: t(`search.chip.${filter.kind}`), value: filter.value };
    case 'status':
      return {
        label: t('search.chip.status'),
        value: t(filter.value === 'ok' ? 'search.status.ok' : 'search.status.error'),
      };
    case 'minDuration':
      return { label: t('search.chip.min'), value: filter.value };
    case 'maxDuration':
      return { label: t('search.chip.max'), value: filter.value };
    case 'minTraceDuration':
    case 'maxTraceDuration':
      return { label: t(`search.chip.${filter.kind}`), value: filter.value };
    case 'tag':
    case 'notTag': {
      const equals = filter.value.indexOf('=');
      if (equals < 0)
        return {
          label: t(filter.kind === 'tag' ? 'search.chip.has' : 'search.chip.has.not'),
          value: filter.value,
        };
      const key = filter.value.slice(0, equals);
      return {
        label: t(filter.kind === 'tag' ? 'search.chip.tag' : 'search.chip.tag.not', { key }),
        value: filter.value.slice(equals + 1) || '""',
      };
    }
  }
}

/** A question in one line: "service is payment, environment is not prod". */
export function questionWords(filters: readonly Filter[], t: Text['t']): string {
  return filters
    .map((filter) => {
      const { label, value } = filterWords(filter, t);
      return `${label} ${value}`;
    })
    .join(', ');
}
