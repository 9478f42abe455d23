// What was refused, why, whose it was, and what to do about it.
import type { MessageKey } from '../../app/messages/en.ts';
import { ApiError } from '../../api/http.ts';
import table from '../../parts/DataTable.module.css';
import { useText } from '../../parts/language.tsx';
import { type SenderTable, refusalsOf } from '../../trace/senders.ts';
import styles from './StatusPage.module.css';

export function RefusalTable({
  table: senders,
  error,
}: {
  table: SenderTable | null;
  error: Error | null;
}) {
  const { t } = useText();
  if (!senders) {
    const off = error instanceof ApiError && error.failure === 'absent';
    return <p className={styles.empty}>{off ? t('status.senders.off') : (error?.message ?? '')}</p>;
  }
  const rows = refusalsOf(senders);
  if (rows.length === 0) return <p className={styles.empty}>{t('status.refusals.none')}</p>;
  return (
    <div className={table.scroll} role="region" aria-label={t('status.tab.refused')} tabIndex={0}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">{t('status.col.reason')}</th>
            <th scope="col" className={table.right}>
              {t('status.col.count')}
            </th>
            <th scope="col">{t('status.col.sender')}</th>
            <th scope="col">{t('status.col.example')}</th>
            <th scope="col">{t('status.col.remedy')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ reason, count, sender, what }) => {
            const known = REASONS.find((name) => name === reason) ?? 'other';
            return (
              <tr key={`${sender.userAgent} ${sender.format} ${what} ${reason}`}>
                <th scope="row">
                  {t(`status.reason.${known}` satisfies MessageKey)}
                  <div className={`mono ${table.quiet}`} translate="no">
                    {reason}
                  </div>
                </th>
                <td className={`num ${table.right}`}>{t(`status.refusal.${what}`, { count })}</td>
                <td lang="en" translate="no" className={styles.agent}>
                  {sender === senders.others
                    ? t('status.sender.others')
                    : (sender.userAgent ?? t('status.sender.unnamed'))}
                  <div className={table.second}>{sender.format}</div>
                </td>
                <td className={styles.told} lang="en">
                  {sender.lastRefusal?.text ?? '–'}
                </td>
                <td className={styles.told}>{t(`status.remedy.${known}` satisfies MessageKey)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** Those of docs/senders.md. */
const REASONS = [
  'invalid_id',
  'invalid_field',
  'invalid_time',
  'too_deep',
  'too_large',
  'unreadable',
  'unsupported_type',
  'too_slow',
  'overloaded',
  'unavailable',
  'internal',
  'no_span',
  'not_kept',
] as const;
