// How the store is: what it holds, and the counts that should stay zero.
import type { MessageKey } from '../../app/messages/en.ts';
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import { formatBytes } from '../../trace/quantity.ts';
import type { ServerStatus } from '../../trace/senders.ts';
import styles from './StatusPage.module.css';

export function StoreFacts({ status }: { status: ServerStatus }) {
  const { t, language, count } = useText();
  const { store, ingest } = status;
  const rebuilding =
    store.rebuildPercent === null || store.indexesMissing === 0
      ? ''
      : t('status.store.rebuilding', { percent: store.rebuildPercent });
  const held: [MessageKey, string][] = [
    ['status.store.name', store.name],
    ['status.store.buckets', count(store.buckets)],
    ['status.store.tail', formatBytes(store.tailBytes, language)],
    ['status.store.unflushed', formatBytes(store.unflushedBytes, language)],
    ['status.store.rebuilt', count(store.indexesRebuilt)],
    ['status.store.repaired', count(ingest.textsRepaired)],
  ];
  const zero: [MessageKey, number, string][] = [
    ['status.store.failures', store.failures, ''],
    ['status.store.panics', status.panicsCaught, ''],
    ['status.store.early', store.bucketsDroppedEarly, ''],
    ['status.store.missing', store.indexesMissing, rebuilding],
    ['status.store.partial', store.searchesPartial, ''],
    ['status.store.names', store.namesRefused, ''],
    ['status.store.terms', store.termsRefused, ''],
  ];
  return (
    <div className={styles.facts}>
      <dl>
        {held.map(([name, value]) => (
          <div key={name}>
            <dt>{t(name)}</dt>
            <dd className="num" translate="no">
              {value}
            </dd>
          </div>
        ))}
      </dl>
      <section>
        <h2>{t('status.store.zero')}</h2>
        <dl>
          {zero.map(([name, value, note]) => (
            <div key={name}>
              <dt>{t(name)}</dt>
              <dd className={`num ${value > 0 ? styles.lost : styles.zero}`}>
                {value > 0 && <Icon name="warning" />} {count(value)} {note}
              </dd>
            </div>
          ))}
        </dl>
      </section>
    </div>
  );
}
