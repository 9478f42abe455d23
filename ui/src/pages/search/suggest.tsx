// What the query bar offers for what is typed so far.
import type { Choice } from '../../parts/Combobox.tsx';
import { ServiceName } from '../../parts/ServiceName.tsx';
import type { Text } from '../../parts/language.tsx';
import type { Question } from '../../trace/question.ts';

const MOST = 8;

export function suggest(
  text: string,
  question: Question,
  services: readonly string[],
  operations: readonly string[],
  t: Text['t'],
): Choice[] {
  const typed = /^(service|operation)\s*[:=]\s*(.*)$/i.exec(text);
  const field = typed?.[1]?.toLowerCase();
  const sought = (typed ? (typed[2] ?? '') : text).replaceAll('"', '').trim().toLowerCase();
  const fits = (name: string) => name.toLowerCase().includes(sought);
  const choices: Choice[] = [];
  if (field !== 'operation' && (!question.service || field === 'service')) {
    for (const name of services.filter(fits).slice(0, MOST)) {
      choices.push({
        id: `service:"${name}"`,
        group: t('search.suggest.services'),
        shown: <ServiceName name={name} />,
      });
    }
  }
  if (field !== 'service' && question.service) {
    for (const name of operations.filter(fits).slice(0, MOST)) {
      choices.push({
        id: `operation:"${name}"`,
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
  const group = t('search.suggest.other');
  if (sought !== '') {
    choices.push({ id: text, group, shown: t('search.suggest.tag', { text: text.trim() }) });
    return choices;
  }
  for (const form of [
    'service:',
    ...(question.service ? ['operation:'] : []),
    'duration>',
    'duration<',
  ]) {
    choices.push({ id: form, group, shown: <code className="mono">{form}</code> });
  }
  return choices;
}
