// One sentence: is anything lost, and why.
import { Banner } from '../../parts/Banner.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import { formatAgo } from '../../trace/format.ts';
import { type SenderTable, type ServerStatus, lastRefusal, verdict } from '../../trace/senders.ts';
import styles from './StatusPage.module.css';

interface StatusSentenceProps {
  status: ServerStatus;
  table: SenderTable | null;
  now: number;
}

export function StatusSentence({ status, table, now }: StatusSentenceProps) {
  const { t, language } = useText();
  const what = verdict(status, table, now);
  const ago = (millis: number) => formatAgo(millis, now, language);
  if (what === 'fine') {
    return (
      <p className={styles.fine} role="status">
        <Icon name="check" /> {t('status.fine', { ago: ago(status.startedMillis) })}
      </p>
    );
  }
  if (what === 'refused') {
    const { spansRefused: spans, requestsRejected: requests } = status.ingest;
    return (
      <p className={styles.before} role="status">
        <b>{t('status.refused')}</b> {t('status.refused.before', { spans, requests })}
      </p>
    );
  }
  if (what === 'refusing') {
    const last = table && lastRefusal(table);
    if (!last) return null;
    return (
      <Banner
        tone="warn"
        lead={t('status.refusing', {
          ago: ago(last.atMillis),
          sender: last.sender.userAgent ?? t('status.sender.unnamed'),
        })}
        text={last.text}
      />
    );
  }
  const count = status.store.bucketsDroppedEarly;
  return (
    <Banner
      tone={what === 'store-failed' ? 'error' : 'warn'}
      lead={t(`status.${what}`, { count })}
      text={t(`status.${what}.text`)}
    />
  );
}
