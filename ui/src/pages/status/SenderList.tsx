// Who sends: a row for each program, format and transport.
import { ApiError } from '../../api/http.ts';
import table from '../../parts/DataTable.module.css';
import { Icon } from '../../parts/Icon.tsx';
import { ServiceName } from '../../parts/ServiceName.tsx';
import { useText } from '../../parts/language.tsx';
import { formatAgo } from '../../trace/format.ts';
import { formatBytes } from '../../trace/quantity.ts';
import { SILENT_MILLIS, type Sender, type SenderTable, sum } from '../../trace/senders.ts';
import styles from './StatusPage.module.css';

interface SenderListProps {
  table: SenderTable | null;
  error: Error | null;
  now: number;
}

export function SenderList({ table: senders, error, now }: SenderListProps) {
  const { t } = useText();
  if (!senders) {
    const off = error instanceof ApiError && error.failure === 'absent';
    return <p className={styles.empty}>{off ? t('status.senders.off') : (error?.message ?? '')}</p>;
  }
  if (senders.senders.length === 0) {
    return (
      <p className={styles.empty}>
        <b>{t('status.senders.none.lead')}</b> {t('status.senders.none.text')}
      </p>
    );
  }
  return (
    <>
      <div className={table.scroll} role="region" aria-label={t('status.tab.senders')} tabIndex={0}>
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">{t('status.col.sender')}</th>
              <th scope="col">{t('status.col.services')}</th>
              <th scope="col">{t('status.col.way')}</th>
              <th scope="col">{t('status.col.sdk')}</th>
              <th scope="col" className={table.right}>
                {t('status.col.requests')}
              </th>
              <th scope="col" className={table.right}>
                {t('status.col.bytes')}
              </th>
              <th scope="col" className={table.right}>
                {t('status.col.spans')}
              </th>
              <th scope="col" className={table.right}>
                {t('status.col.refused')}
              </th>
              <th scope="col" className={table.right}>
                {t('status.col.last')}
              </th>
            </tr>
          </thead>
          <tbody>
            {senders.senders.map((sender) => (
              <SenderRow
                key={`${sender.userAgent} ${sender.format} ${sender.transport}`}
                sender={sender}
                now={now}
              />
            ))}
          </tbody>
        </table>
      </div>
      {senders.othersRequests > 0 && (
        <p className={styles.empty}>
          {t('status.senders.others', { count: senders.othersRequests })}
        </p>
      )}
    </>
  );
}

function SenderRow({ sender, now }: { sender: Sender; now: number }) {
  const { t, language, count } = useText();
  const refused = { spans: sum(sender.spansRefused), requests: sum(sender.requestsRefused) };
  return (
    <tr>
      <th scope="row" className={styles.agent} lang="en" translate="no">
        {sender.userAgent ?? t('status.sender.unnamed')}
      </th>
      <td>
        <span className={styles.services}>
          {sender.services.map((name) => (
            <span key={name} className={styles.service}>
              <ServiceName name={name} />
            </span>
          ))}
          {sender.services.length === 0 && '–'}
          {sender.namesLeftOut && <small>{t('status.sender.more')}</small>}
        </span>
      </td>
      <td translate="no" className={styles.way}>
        {sender.format} <span className={table.quiet}>{sender.transport}</span>
      </td>
      <td translate="no" className={styles.way}>
        {sender.sdks
          .map((sdk) => [sdk.language ?? sdk.name, sdk.version].filter(Boolean).join(' '))
          .join(', ') || '–'}
      </td>
      <td className={`num ${table.right}`}>{count(sender.requests)}</td>
      <td className={`num ${table.right}`}>{formatBytes(sender.bytes, language)}</td>
      <td className={`num ${table.right}`}>
        {count(sender.spansAccepted)}
        {sender.spansUnsampled > 0 && (
          <div className={table.second}>
            {t('status.sender.unsampled', { count: sender.spansUnsampled })}
          </div>
        )}
      </td>
      <td className={`num ${table.right}`} title={sender.lastRefusal?.text}>
        {refused.spans + refused.requests > 0 ? (
          <span className={styles.lost}>
            <Icon name="warning" />{' '}
            {(['spans', 'requests'] as const)
              .filter((what) => refused[what] > 0)
              .map((what) => t(`status.refusal.${what}`, { count: refused[what] }))
              .join(' · ')}
          </span>
        ) : (
          <span className={table.quiet}>0</span>
        )}
      </td>
      <td className={`num ${table.right}`}>
        {now - sender.lastMillis > SILENT_MILLIS && (
          <span className="badge warn">{t('status.sender.silent')}</span>
        )}{' '}
        <time dateTime={new Date(sender.lastMillis).toISOString()}>
          {formatAgo(sender.lastMillis, now, language)}
        </time>
      </td>
    </tr>
  );
}
