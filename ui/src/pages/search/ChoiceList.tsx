// One of many names: those of this result first, with counts; a field to find the rest.
import { useState } from 'react';
import { Icon } from '../../parts/Icon.tsx';
import { ServiceMark } from '../../parts/ServiceMark.tsx';
import { useText } from '../../parts/language.tsx';
import styles from './ChoiceList.module.css';

interface ChoiceListProps {
  label: string;
  any: string;
  names: readonly string[];
  /** Traces of the result that have it; absent where that is not known. Zero is shown grey, not hidden. */
  counts: ReadonlyMap<string, number> | undefined;
  chosen: string;
  marked?: boolean;
  onChoose: (name: string) => void;
  onExclude: (name: string) => void;
}

const FEW = 8;

export function ChoiceList({
  label,
  any,
  names,
  counts,
  chosen,
  marked = false,
  onChoose,
  onExclude,
}: ChoiceListProps) {
  const { t, count } = useText();
  const [sought, setSought] = useState('');
  const [all, setAll] = useState(false);
  const ordered = [...names].sort(
    (a, b) => (counts?.get(b) ?? 0) - (counts?.get(a) ?? 0) || a.localeCompare(b),
  );
  const found = ordered.filter(
    (name) => name !== chosen && name.toLowerCase().includes(sought.toLowerCase()),
  );
  const shown = all || sought ? found.slice(0, 200) : found.slice(0, FEW);
  const most = Math.max(1, ...(counts?.values() ?? []));
  return (
    <div role="radiogroup" aria-label={label}>
      {names.length > FEW && (
        <input
          className={`field ${styles.find}`}
          aria-label={label}
          placeholder={label}
          value={sought}
          spellCheck={false}
          onChange={(event) => setSought(event.target.value)}
        />
      )}
      {[chosen, ...(chosen ? [''] : []), ...shown].map((name) => (
        <div key={name} className={styles.line}>
          <label className={`${styles.choice} ${counts && !counts.get(name) ? styles.none : ''}`}>
            <input type="radio" checked={name === chosen} onChange={() => onChoose(name)} />
            {marked && name !== '' && <ServiceMark name={name} />}
            <span
              className={styles.name}
              title={name}
              translate={name ? 'no' : 'yes'}
              lang={name ? 'en' : undefined}
            >
              {name || any}
            </span>
            {counts && name !== '' && (
              <span className={`num ${styles.count}`}>{count(counts.get(name) ?? 0)}</span>
            )}
            {counts && name !== '' && (
              <meter
                className={styles.share}
                max={most}
                value={counts.get(name) ?? 0}
                aria-hidden="true"
              />
            )}
          </label>
          {name !== '' && name !== chosen && (
            <button
              type="button"
              className={`quiet ${styles.exclude}`}
              aria-label={t('search.exclude', { name })}
              title={t('search.exclude', { name })}
              onClick={() => onExclude(name)}
            >
              <Icon name="exclude" />
            </button>
          )}
        </div>
      ))}
      {!all && !sought && found.length > FEW && (
        <button type="button" className="link" onClick={() => setAll(true)}>
          {t('common.more', { count: found.length - FEW })}
        </button>
      )}
    </div>
  );
}
