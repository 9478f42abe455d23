// How the server is: is anything lost, what comes in, who sends it, and how much is kept.
import { useSearchParams } from 'react-router';
import { useSenders, useStatus } from '../../api/hooks.ts';
import { FailedQuery } from '../FailedQuery.tsx';
import { PanelGuard } from '../../parts/PanelGuard.tsx';
import { Tabs } from '../../parts/Tabs.tsx';
import { useText } from '../../parts/language.tsx';
import { useNow } from '../../parts/use-now.ts';
import { useTitle } from '../../parts/use-title.ts';
import { refusalsOf } from '../../trace/senders.ts';
import { RefusalTable } from './RefusalTable.tsx';
import { SenderList } from './SenderList.tsx';
import { StatusSentence } from './StatusSentence.tsx';
import { StatusTiles } from './StatusTiles.tsx';
import { StoreFacts } from './StoreFacts.tsx';
import styles from './StatusPage.module.css';

const TABS = ['senders', 'refused', 'store'] as const;

export function StatusPage() {
  const { t } = useText();
  const [address, setAddress] = useSearchParams();
  const now = useNow();
  const status = useStatus();
  const senders = useSenders();
  useTitle(t('status.title'));
  const tab = TABS.find((name) => name === address.get('tab')) ?? 'senders';
  const table = senders.data ?? null;
  // All at once when both answers are there, so that none pushes the other down; a failure is not waited out.
  const waiting = [status, senders].some((query) => query.isPending && query.failureCount === 0);
  if (waiting) {
    return (
      <div className={styles.page}>
        <header className={styles.head}>
          <h1>{t('status.title')}</h1>
        </header>
        <div className={styles.waiting} role="status" aria-label={t('status.loading')} />
      </div>
    );
  }
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{t('status.title')}</h1>
        {status.data && <StatusSentence status={status.data.status} table={table} now={now} />}
      </header>
      {status.error && <FailedQuery error={status.error} onRetry={() => void status.refetch()} />}
      {status.data ? (
        <StatusTiles latest={status.data} now={now} />
      ) : (
        <div className={styles.waiting} role="status" aria-label={t('status.loading')} />
      )}
      <section className={styles.card}>
        <div className={styles.tabs}>
          <Tabs
            label={t('status.tabs')}
            panel="status-panel"
            chosen={tab}
            onChoose={(name) =>
              setAddress(
                (before) => {
                  before.set('tab', name);
                  return before;
                },
                { replace: false },
              )
            }
            tabs={TABS.map((name) => ({
              name,
              label: t(`status.tab.${name}`),
              ...(table && name === 'senders' ? { count: table.senders.length } : {}),
              ...(table && name === 'refused' ? { count: refusalsOf(table).length } : {}),
            }))}
          />
        </div>
        <div id="status-panel" role="tabpanel" aria-label={t(`status.tab.${tab}`)}>
          <PanelGuard key={tab}>
            {tab === 'store' && status.data && <StoreFacts status={status.data.status} />}
            {tab === 'senders' && <SenderList table={table} error={senders.error} now={now} />}
            {tab === 'refused' && <RefusalTable table={table} error={senders.error} />}
          </PanelGuard>
        </div>
      </section>
    </div>
  );
}
