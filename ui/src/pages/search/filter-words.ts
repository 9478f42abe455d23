// A filter in the reader's words: "service is" and "payment".
import type { Text } from '../../parts/language.tsx';
import type { Filter } from '../../trace/filter-text.ts';

export function filterWords(filter: Filter, t: Text['t']): { label: string; value: string } {
  switch (filter.kind) {
    case 'service':
      return { label: t('search.chip.service'), value: filter.value };
    case 'operation':
      return { label: t('search.chip.operation'), value: filter.value };
    case 'minDuration':
      return { label: t('search.chip.min'), value: filter.value };
    case 'maxDuration':
      return { label: t('search.chip.max'), value: filter.value };
    case 'tag': {
      const equals = filter.value.indexOf('=');
      if (equals < 0) return { label: t('search.chip.has'), value: filter.value };
      const key = filter.value.slice(0, equals);
      return {
        label: t('search.chip.tag', { key }),
        value: filter.value.slice(equals + 1) || '""',
      };
    }
  }
}
