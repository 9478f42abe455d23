// The fields of one group: a search, or ids.
import { useOperations, useServices } from '../../api/hooks.ts';
import { Combobox } from '../../parts/Combobox.tsx';
import { ServiceName } from '../../parts/ServiceName.tsx';
import { TimePicker } from '../../parts/TimePicker.tsx';
import { useText } from '../../parts/language.tsx';
import type { Question } from '../../trace/question.ts';
import { OUTCOMES } from '../../trace/trace-group.ts';
import styles from './ComparePage.module.css';
import type { GroupDraft } from './group-draft.ts';

interface GroupFieldsProps {
  draft: GroupDraft;
  pageField: boolean;
  onDraft: (draft: GroupDraft) => void;
}

export function GroupFields({ draft, pageField, onDraft }: GroupFieldsProps) {
  const { t } = useText();
  const { question } = draft;
  const services = useServices().data ?? [];
  const operations = useOperations(question.service).data ?? [];
  const ask = (change: Partial<Question>) =>
    onDraft({ ...draft, question: { ...question, ...change } });
  const like = (names: readonly string[], text: string) =>
    names.filter((name) => name.toLowerCase().includes(text.trim().toLowerCase())).slice(0, 12);
  return (
    <>
      <div className={styles.field}>
        <span aria-hidden="true">{t('search.service')}</span>
        <Combobox
          label={t('search.service')}
          text={question.service}
          placeholder={t('search.service.any')}
          pageField={pageField}
          choices={like(services, question.service).map((name) => ({
            id: name,
            shown: <ServiceName name={name} />,
          }))}
          onText={(service) => ask({ service })}
          onTake={(service) => ask({ service, operation: '' })}
          onEnter={() => undefined}
        />
      </div>
      <div className={styles.field}>
        <span aria-hidden="true">{t('search.operation')}</span>
        <Combobox
          label={t('search.operation')}
          text={question.operation}
          placeholder={t('search.operation.any')}
          choices={like(operations, question.operation).map((name) => ({
            id: name,
            shown: (
              <span lang="en" translate="no">
                {name}
              </span>
            ),
          }))}
          onText={(operation) => ask({ operation })}
          onTake={(operation) => ask({ operation })}
          onEnter={() => undefined}
        />
      </div>
      <label className={styles.field}>
        {t('search.tags')}
        <input
          className="field"
          spellCheck={false}
          placeholder={t('compare.groups.tags')}
          value={draft.tags}
          onChange={(event) => onDraft({ ...draft, tags: event.target.value })}
        />
      </label>
      <label className={styles.field}>
        {t('compare.outcome')}
        <select
          className="field"
          value={draft.outcome}
          onChange={(event) => {
            const outcome = OUTCOMES.find((outcome) => outcome === event.target.value);
            if (outcome) onDraft({ ...draft, outcome });
          }}
        >
          {OUTCOMES.map((outcome) => (
            <option key={outcome} value={outcome}>
              {t(`compare.outcome.${outcome}`)}
            </option>
          ))}
        </select>
      </label>
      <div className={styles.field}>
        <span aria-hidden="true">{t('time.label')}</span>
        <TimePicker range={question.range} onChoose={(range) => ask({ range })} />
      </div>
      <label className={styles.field}>
        {t('compare.groups.ids')}
        <input
          className="field mono"
          spellCheck={false}
          value={draft.ids}
          onChange={(event) => onDraft({ ...draft, ids: event.target.value })}
        />
      </label>
    </>
  );
}
