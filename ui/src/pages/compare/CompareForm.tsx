// Asks for the two traces when the address does not name both.
import { useState } from 'react';
import { useText } from '../../parts/language.tsx';
import styles from './ComparePage.module.css';

interface CompareFormProps {
  a: string;
  b: string;
  onCompare: (chosen: { a: string; b: string }) => void;
}

export function CompareForm({ a, b, onCompare }: CompareFormProps) {
  const { t } = useText();
  const [ids, setIds] = useState({ a, b });
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        onCompare({ a: ids.a.trim(), b: ids.b.trim() });
      }}
    >
      <h2>{t('compare.title')}</h2>
      <p>{t('compare.how')}</p>
      {(['a', 'b'] as const).map((side) => (
        <label key={side}>
          {t(`compare.id.${side}`)}
          <input
            className="field mono"
            required
            spellCheck={false}
            data-page-field={ids[side] === ''}
            value={ids[side]}
            onChange={(event) => setIds({ ...ids, [side]: event.target.value })}
          />
        </label>
      ))}
      <button type="submit" className="button primary">
        {t('frame.compare')}
      </button>
    </form>
  );
}
