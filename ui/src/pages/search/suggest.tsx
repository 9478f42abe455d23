// What the query bar offers for what is typed so far; after a minus the same, to exclude.
import type { Choice } from '../../parts/Combobox.tsx';
import { ServiceName } from '../../parts/ServiceName.tsx';
import type { Text } from '../../parts/language.tsx';
import { typedOf } from '../../trace/filter-text.ts';
import type { TagCount } from '../../trace/overview.ts';
import type { Question } from '../../trace/question.ts';
import styles from './suggest.module.css';

const MOST = 8;

export interface Known {
  services: readonly string[];
  operations: readonly string[];
  /** Of the traces found, with in how many of them each is. */
  tags: readonly TagCount[];
}

/** Only begins a filter: it is typed for the reader, not applied. */
export function isBeginning(id: string): boolean {
  return /^[-!]?(service:|operation:|status:|(?:duration|trace)[<>]|[^\s"<>=]+=)?$/.test(id);
}

export function suggest(
  text: string,
  question: Question,
  known: Known,
  t: Text['t'],
  count: Text['count'],
): Choice[] {
  const denied = /^\s*[-!]/.test(text);
  const sign = denied ? '-' : '';
  const rest = text.trim().replace(/^[-!]/, '');
  const value = /^([^\s"=<>:]+)=(.*)$/s.exec(rest);
  const typed = /^(service|operation|status)\s*[:=]\s*(.*)$/i.exec(rest);
  const field = typed?.[1]?.toLowerCase();
  if (value && !typed) return values(value[1] ?? '', value[2] ?? '', sign, known, t, count);
  const sought = plain(typed ? (typed[2] ?? '') : rest);
  const fits = (name: string) => name.toLowerCase().includes(sought);
  const choices: Choice[] = [];
  if (field === 'status' || (!field && sought !== '' && 'status'.startsWith(sought))) {
    for (const status of ['error', 'ok'] as const)
      choices.push({
        id: `${sign}status:${status}`,
        group: t('search.status'),
        shown: t(`search.status.${status}`),
      });
    if (field) return choices;
  }
  if (field !== 'operation' && (!question.service || field === 'service' || denied)) {
    for (const name of known.services.filter(fits).slice(0, MOST)) {
      choices.push({
        id: sign + typedOf({ kind: 'service', value: name }),
        group: t('search.suggest.services'),
        shown: <ServiceName name={name} />,
      });
    }
  }
  if (field !== 'service' && question.service) {
    for (const name of known.operations.filter(fits).slice(0, MOST)) {
      choices.push({
        id: sign + typedOf({ kind: 'operation', value: name }),
        group: t('search.suggest.operations', { service: question.service }),
        shown: (
          <span lang="en" translate="no">
            {name}
          </span>
        ),
      });
    }
  }
  if (field) return choices;
  choices.push(...keys(fits, sought === '' ? 4 : MOST, sign, known, t, count));
  const group = t('search.suggest.other');
  if (sought !== '') {
    const shown = t(denied ? 'search.suggest.tag.not' : 'search.suggest.tag', { text: rest });
    choices.push({ id: text.trim(), group, shown });
    return choices;
  }
  for (const form of [
    'service:',
    ...(question.service ? ['operation:'] : []),
    'status:',
    ...(denied ? [] : ['trace>', 'trace<', 'duration>', 'duration<', '-']),
  ]) {
    if (form === '-')
      choices.push({ id: form, group, shown: t('search.suggest.deny', { text: '-' }) });
    else
      choices.push({ id: sign + form, group, shown: <code className="mono">{sign + form}</code> });
  }
  return choices;
}

function keys(
  fits: (name: string) => boolean,
  most: number,
  sign: string,
  known: Known,
  t: Text['t'],
  count: Text['count'],
): Choice[] {
  return known.tags
    .filter((tag) => fits(tag.key) && !/[\s"=<>]/.test(tag.key))
    .slice(0, most)
    .map((tag) => ({
      id: `${sign}${tag.key}=`,
      group: t('search.suggest.keys'),
      shown: counted(tag.key, tag.count, t, count),
    }));
}

function values(
  key: string,
  typed: string,
  sign: string,
  known: Known,
  t: Text['t'],
  count: Text['count'],
): Choice[] {
  const sought = plain(typed);
  const tag = known.tags.find((tag) => tag.key === key);
  const fitting = (tag?.values ?? []).filter(({ name }) => name.toLowerCase().includes(sought));
  const choices: Choice[] = fitting.slice(0, MOST).map(({ name, count: traces }) => ({
    id: sign + typedOf({ kind: 'tag', value: `${key}=${name}` }),
    group: t('search.suggest.values', { key }),
    shown: counted(name || '""', traces, t, count),
  }));
  if (sought === '' || fitting.some(({ name }) => name === typed)) return choices;
  const text = `${key}=${typed}`;
  choices.push({
    id: sign + text,
    group: t('search.suggest.other'),
    shown: t(sign ? 'search.suggest.tag.not' : 'search.suggest.tag', { text }),
  });
  return choices;
}

function counted(name: string, traces: number, t: Text['t'], count: Text['count']) {
  return (
    <span className={styles.counted}>
      <code className="mono" lang="en" translate="no">
        {name}
      </code>
      <small className="num">{t('search.suggest.count', { count: count(traces) })}</small>
    </span>
  );
}

function plain(text: string): string {
  return text.replaceAll('"', '').trim().toLowerCase();
}
