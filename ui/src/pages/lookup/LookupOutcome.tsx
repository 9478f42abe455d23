// The line below the lookup field: reading, found, nothing, not an id.
import { ApiError } from '../../api/http.ts';
import type { useLookup } from '../../api/hooks.ts';
import { useText } from '../../parts/language.tsx';
import { useNow } from '../../parts/use-now.ts';
import { formatClock, formatDate } from '../../trace/format.ts';
import styles from './LookupPalette.module.css';

interface LookupOutcomeProps {
  asked: string;
  lookup: ReturnType<typeof useLookup>;
}

export function LookupOutcome({ asked, lookup }: LookupOutcomeProps) {
  const { t, language } = useText();
  const now = useNow();
  if (asked === '') return null;
  const { data, error } = lookup;
  if (error) {
    const words =
      error instanceof ApiError ? [error.message, error.hint].filter(Boolean).join('. ') : '';
    const refused = error instanceof ApiError && error.failure === 'refused';
    return (
      <p className={styles.line} role={refused ? 'status' : 'alert'}>
        <b>{t(refused ? 'lookup.not.id' : 'failure.broken.lead')}</b> {words}
      </p>
    );
  }
  if (!data || lookup.isPlaceholderData) {
    return (
      <p className={styles.line} role="status">
        {t('lookup.reading')}
      </p>
    );
  }
  if (data.matches.length === 0) {
    const from = data.searched?.from;
    return (
      <p className={styles.line} role="status">
        <b>{t('lookup.none.lead')}</b>{' '}
        {from
          ? t('lookup.none.text', {
              from: `${formatDate(from, language, now)} ${formatClock(from, 'minutes')}`,
            })
          : t('lookup.none.plain')}
      </p>
    );
  }
  const kinds = [...new Set(data.matches.map((match) => match.readAs).filter(Boolean))];
  return (
    <p className={styles.line} role="status">
      <b>{t('lookup.count', { count: data.matches.length })}</b>
      {kinds.map((kind) => (
        <span key={kind} className="badge">
          {t('lookup.read', { kind })}
        </span>
      ))}
      {data.truncated && t('lookup.cut')}
    </p>
  );
}
