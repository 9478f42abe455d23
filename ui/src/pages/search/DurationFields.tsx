// Shortest and longest duration, of the whole trace or of any span, as text; applied on Enter or when the field is left.
import { useState } from 'react';
import { Segments } from '../../parts/Segments.tsx';
import { useText } from '../../parts/language.tsx';
import { readDuration } from '../../trace/duration-text.ts';
import type { Question } from '../../trace/question.ts';
import styles from './DurationFields.module.css';

type Of = 'trace' | 'span';
const KEYS = {
  trace: ['minTraceDuration', 'maxTraceDuration'],
  span: ['minDuration', 'maxDuration'],
} as const;

export function DurationFields({
  question,
  onAsk,
}: {
  question: Question;
  onAsk: (question: Question) => void;
}) {
  const { t } = useText();
  const [of, setOf] = useState<Of>(question.minDuration || question.maxDuration ? 'span' : 'trace');
  const [minKey, maxKey] = KEYS[of];
  const [min, setMin] = useState(question[minKey]);
  const [max, setMax] = useState(question[maxKey]);
  const wrong = (text: string) => text.trim() !== '' && readDuration(text) === null;
  const apply = () => {
    if (wrong(min) || wrong(max)) return;
    if (min !== question[minKey] || max !== question[maxKey]) {
      onAsk({ ...question, [minKey]: min.trim(), [maxKey]: max.trim() });
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
      <div className={styles.of}>
        <Segments
          label={t('search.duration.of')}
          choices={(['trace', 'span'] as const).map((name) => ({
            name,
            shown: t(`search.duration.of.${name}`),
          }))}
          chosen={of}
          onChoose={(chosen) => {
            // What is typed goes along.
            const [otherMin, otherMax] = KEYS[chosen];
            setOf(chosen);
            if (question[minKey] || question[maxKey])
              onAsk({
                ...question,
                [minKey]: '',
                [maxKey]: '',
                [otherMin]: min.trim(),
                [otherMax]: max.trim(),
              });
          }}
        />
      </div>
      {(wrong(min) || wrong(max)) && (
        <p className={styles.wrong} role="alert">
          {t('search.duration.wrong')}
        </p>
      )}
    </>
  );
}
