// Two traces: the difference in one number, then hop by hop where it lies.
import { useSearchParams } from 'react-router';
import { useComparison } from '../../api/hooks.ts';
import { FailedQuery } from '../FailedQuery.tsx';
import { Banner } from '../../parts/Banner.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { PanelGuard } from '../../parts/PanelGuard.tsx';
import { Segments } from '../../parts/Segments.tsx';
import { useText } from '../../parts/language.tsx';
import { useTitle } from '../../parts/use-title.ts';
import { CompareForm } from './CompareForm.tsx';
import styles from './ComparePage.module.css';
import { CompareTable } from './CompareTable.tsx';
import { Headline } from './Headline.tsx';
import { TraceCard } from './TraceCard.tsx';

export function ComparePage() {
  const { t } = useText();
  const [address, setAddress] = useSearchParams();
  const [a, b] = [address.get('a')?.trim() ?? '', address.get('b')?.trim() ?? ''];
  const answer = useComparison(a, b);
  const { data } = answer;
  useTitle(t('frame.compare'));
  const only = address.get('only') === 'diff';
  const view = address.get('view') === 'side' ? 'side' : 'merged';
  const set = (change: Record<string, string | null>) =>
    setAddress((before) => {
      const keys = new URLSearchParams(before);
      for (const [key, value] of Object.entries(change)) {
        if (value === null) keys.delete(key);
        else keys.set(key, value);
      }
      return keys;
    });
  return (
    <div className={styles.page}>
      <h1 className="offscreen">{t('compare.title')}</h1>
      {(a === '' || b === '') && (
        <CompareForm a={a} b={b} onCompare={(chosen) => set({ ...chosen })} />
      )}
      {answer.error && <FailedQuery error={answer.error} onRetry={() => void answer.refetch()} />}
      {a !== '' && b !== '' && !data && !answer.error && (
        <p className={styles.waiting} role="status">
          {t('compare.loading')}
        </p>
      )}
      {data && (
        <PanelGuard>
          <div className={styles.cards}>
            <TraceCard letter="A" trace={data.a} onChange={() => set({ a: null })} />
            <button
              type="button"
              className="quiet"
              aria-label={t('compare.swap')}
              title={t('compare.swap')}
              onClick={() => set({ a: b, b: a })}
            >
              ⇄
            </button>
            <TraceCard letter="B" trace={data.b} onChange={() => set({ b: null })} />
          </div>
          <Headline comparison={data} />
          {data.truncated && (
            <Banner tone="warn" lead={t('load.cut.lead')} text={t('compare.cut.text')} />
          )}
          <div className={styles.toolbar}>
            <Segments
              label={t('graph.view')}
              chosen={view}
              onChoose={(name) => set({ view: name === 'side' ? 'side' : null })}
              choices={[
                { name: 'merged', shown: t('compare.view.merged') },
                { name: 'side', shown: t('compare.view.side') },
              ]}
            />
            <span className={styles.space} />
            <button
              type="button"
              className="button"
              aria-pressed={only}
              onClick={() => set({ only: only ? null : 'diff' })}
            >
              <Icon name="filter" /> {t('compare.only')}
            </button>
          </div>
          <CompareTable comparison={data} only={only} view={view} />
        </PanelGuard>
      )}
    </div>
  );
}
