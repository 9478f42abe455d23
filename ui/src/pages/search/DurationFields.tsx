// Shortest and longest duration as text; applied on Enter or when the field is left.
import { useState } from 'react';
import { useText } from '../../parts/language.tsx';
import { readDuration } from '../../trace/duration-text.ts';
import type { Question } from '../../trace/question.ts';
import styles from './DurationFields.module.css';

export function DurationFields({
  question,
  onAsk,
}: {
  question: Question;
  onAsk: (question: Question) => void;
}) {
  const { t } = useText();
  const [min, setMin] = useState(question.minDuration);
  const [max, setMax] = useState(question.maxDuration);
  const wrong = (text: string) => text.trim() !== '' && readDuration(text) === null;
  const apply = () => {
    if (wrong(min) || wrong(max)) return;
    if (min !== question.minDuration || max !== question.maxDuration) {
      onAsk({ ...question, minDuration: min.trim(), maxDuration: max.trim() });
    }
  };
  const field = (label: string, hint: string, text: string, set: (text: string) => void) => (
    <input
      className="field"
      aria-label={label}
      aria-invalid={wrong(text)}
      placeholder={hint}
      value={text}
      spellCheck={false}
      onChange={(event) => set(event.target.value)}
      onBlur={apply}
      onKeyDown={(event) => event.key === 'Enter' && apply()}
    />
  );
  return (
    <>
      <div className={styles.fields}>
        {field(t('search.duration.min'), t('search.duration.min.short'), min, setMin)}
        <span aria-hidden="true">–</span>
        {field(t('search.duration.max'), t('search.duration.max.short'), max, setMax)}
      </div>
      {(wrong(min) || wrong(max)) && (
        <p className={styles.wrong} role="alert">
          {t('search.duration.wrong')}
        </p>
      )}
    </>
  );
}
