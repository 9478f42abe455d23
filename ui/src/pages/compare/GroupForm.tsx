// Asks for two groups: each the traces that a search finds, or a list of ids; B may be made from A.
import { useState } from 'react';
import { useText } from '../../parts/language.tsx';
import { useNow } from '../../parts/use-now.ts';
import { mistakes } from '../../trace/question.ts';
import { type TraceGroup, rangeBefore, writeGroup } from '../../trace/trace-group.ts';
import styles from './ComparePage.module.css';
import { type GroupDraft, draftOf, groupOf } from './group-draft.ts';
import { GroupFields } from './GroupFields.tsx';

interface GroupFormProps {
  a: TraceGroup | null;
  b: TraceGroup | null;
  onCompare: (chosen: { a: string; b: string }) => void;
}

export function GroupForm({ a, b, onCompare }: GroupFormProps) {
  const { t } = useText();
  const now = useNow();
  const [drafts, setDrafts] = useState({ a: draftOf(a), b: draftOf(b) });
  const set = (side: 'a' | 'b') => (next: GroupDraft) => setDrafts({ ...drafts, [side]: next });
  const wrong = Object.values(drafts).some(({ question }) => mistakes(question).length > 0);
  const fromA = (next: Partial<GroupDraft>) => set('b')({ ...drafts.a, ...next });
  const { question } = drafts.a;
  return (
    <form
      className={styles.groupForm}
      onSubmit={(event) => {
        event.preventDefault();
        if (!wrong)
          onCompare({ a: writeGroup(groupOf(drafts.a)), b: writeGroup(groupOf(drafts.b)) });
      }}
    >
      <h2>{t('compare.groups.title')}</h2>
      <p>{t('compare.groups.how')}</p>
      <div className={styles.sides}>
        {(['a', 'b'] as const).map((side) => (
          <fieldset key={side}>
            <legend>{t(`compare.groups.${side}`)}</legend>
            <GroupFields draft={drafts[side]} pageField={side === 'a'} onDraft={set(side)} />
          </fieldset>
        ))}
      </div>
      <p className={styles.fills}>
        <span>{t('compare.groups.make.b')}</span>
        <button
          type="button"
          className="button"
          onClick={() =>
            fromA({ question: { ...question, range: rangeBefore(question.range, now) } })
          }
        >
          {t('compare.groups.before')}
        </button>
        <button
          type="button"
          className="button"
          onClick={() =>
            setDrafts({
              a: { ...drafts.a, outcome: 'failing' },
              b: { ...drafts.a, outcome: 'fine' },
            })
          }
        >
          {t('compare.groups.fine')}
        </button>
      </p>
      <button type="submit" className="button primary" disabled={wrong}>
        {t('frame.compare')}
      </button>
    </form>
  );
}
