// Search: the question, the chart, the answers; or, while the store is empty, how to fill it.
import { useState } from 'react';
import { ApiError } from '../../api/http.ts';
import { useOverview, useSearch, useServices } from '../../api/hooks.ts';
import { useLiveTail } from '../../api/live.ts';
import { Banner } from '../../parts/Banner.tsx';
import { FailureNote } from '../../parts/FailureNote.tsx';
import { useText } from '../../parts/language.tsx';
import { useTitle } from '../../parts/use-title.ts';
import { filtersOf } from '../../trace/filter-text.ts';
import { mistakes } from '../../trace/question.ts';
import { FilterRail } from './FilterRail.tsx';
import { FirstRun } from './FirstRun.tsx';
import { QueryBar } from './QueryBar.tsx';
import { Results } from './Results.tsx';
import styles from './SearchPage.module.css';
import { questionWords } from './filter-words.ts';
import { useLiveSwitch } from './use-live-switch.ts';
import { useQuestion } from './use-question.ts';
import { useSearchList } from './use-search-list.ts';

export function SearchPage() {
  const { t } = useText();
  const [question, ask] = useQuestion();
  const [asked, setAsked] = useState(0);
  const [filtersOpen, setFiltersOpen] = useState(false);
  const services = useServices();
  const empty = services.data?.length === 0;
  const ready = !empty && services.data !== undefined;
  const search = useSearch(question, asked, ready);
  const overview = useOverview(question, asked, ready);
  const list = useSearchList(search, question, ask);
  const [live, turnLive] = useLiveSwitch();
  const [paused, setPaused] = useState(false);
  const tail = useLiveTail(question, list?.searched.to ?? 0, live && !paused && ready);
  const goLive = (on: boolean) => {
    setPaused(false);
    turnLive(on);
    // What waits is what came after the list.
    if (on) setAsked(asked + 1);
  };
  useTitle(t('search.title'));
  const failed = search.error ?? services.error;
  const wrong = mistakes(question);
  return (
    <div className={styles.page}>
      <h1 className="offscreen">{t('search.title')}</h1>
      <QueryBar
        question={question}
        services={services.data ?? []}
        tags={overview.data?.tags ?? []}
        live={live}
        filtersOpen={filtersOpen}
        onFilters={() => setFiltersOpen(!filtersOpen)}
        onAsk={ask}
        onRun={() => setAsked(asked + 1)}
        onLive={goLive}
      />
      <div className={styles.progress} hidden={!search.isFetching || !search.data} />
      {empty ? (
        <FirstRun />
      ) : (
        <div className={styles.body}>
          <FilterRail
            question={question}
            services={services.data ?? []}
            overview={overview.data}
            proposed={questionWords(filtersOf(question), t)}
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
                  void overview.refetch();
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
              list={list}
              overview={overview.data}
              tail={live ? tail : null}
              paused={paused}
              onPause={setPaused}
              onStop={() => goLive(false)}
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
