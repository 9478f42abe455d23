// Search: the question, the chart, the answers; or, while the store is empty, how to fill it.
import { useState } from 'react';
import { ApiError } from '../../api/http.ts';
import { useSearch, useServices } from '../../api/hooks.ts';
import { Banner } from '../../parts/Banner.tsx';
import { FailureNote } from '../../parts/FailureNote.tsx';
import { useText } from '../../parts/language.tsx';
import { useTitle } from '../../parts/use-title.ts';
import { filterCount, mistakes } from '../../trace/question.ts';
import { FilterRail } from './FilterRail.tsx';
import { FirstRun } from './FirstRun.tsx';
import { QueryBar } from './QueryBar.tsx';
import { Results } from './Results.tsx';
import styles from './SearchPage.module.css';
import { useQuestion } from './use-question.ts';

export function SearchPage() {
  const { t } = useText();
  const [question, ask] = useQuestion();
  const [asked, setAsked] = useState(0);
  const [filtersOpen, setFiltersOpen] = useState(false);
  const services = useServices();
  const empty = services.data?.length === 0;
  const search = useSearch(question, asked, !empty && services.data !== undefined);
  useTitle(t('search.title'));
  const failed = search.error ?? services.error;
  const wrong = mistakes(question);
  return (
    <div className={styles.page}>
      <h1 className="offscreen">{t('search.title')}</h1>
      <QueryBar
        question={question}
        services={services.data ?? []}
        filters={filterCount(question)}
        filtersOpen={filtersOpen}
        onFilters={() => setFiltersOpen(!filtersOpen)}
        onAsk={ask}
        onRun={() => setAsked(asked + 1)}
      />
      <div className={styles.progress} hidden={!search.isFetching || !search.data} />
      {empty ? (
        <FirstRun />
      ) : (
        <div className={styles.body}>
          <FilterRail
            question={question}
            services={services.data ?? []}
            traces={search.data?.traces ?? []}
            open={filtersOpen}
            onAsk={ask}
            onClose={() => setFiltersOpen(false)}
          />
          <div className={styles.main}>
            {failed && (
              <FailureNote
                failure={failed instanceof ApiError ? failed.failure : 'broken'}
                detail={
                  failed instanceof ApiError
                    ? [failed.message, failed.hint].filter(Boolean).join('. ')
                    : ''
                }
                onRetry={() => {
                  void services.refetch();
                  void search.refetch();
                }}
              />
            )}
            {wrong.map((key) => (
              <Banner
                key={key}
                tone="error"
                lead={t('search.mistake', { text: question[key] })}
                text={t('search.duration.wrong')}
              />
            ))}
            <Results
              answer={search.data}
              failed={failed !== null || wrong.length > 0}
              question={question}
              onAsk={ask}
            />
          </div>
        </div>
      )}
    </div>
  );
}
