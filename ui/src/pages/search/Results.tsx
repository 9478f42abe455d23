// The answer: how much was found, the chart, and the list.
import { useState } from 'react';
import type { LiveTail } from '../../api/live.ts';
import { Banner } from '../../parts/Banner.tsx';
import { useText } from '../../parts/language.tsx';
import { beyond } from '../../trace/live.ts';
import type { Overview } from '../../trace/overview.ts';
import type { Question } from '../../trace/question.ts';
import { LiveBar } from './LiveBar.tsx';
import { NothingFound } from './NothingFound.tsx';
import { ResultList } from './ResultList.tsx';
import { ResultSkeleton } from './ResultSkeleton.tsx';
import { ResultSummary } from './ResultSummary.tsx';
import { ResultToolbar } from './ResultToolbar.tsx';
import { Scatter } from './Scatter.tsx';
import { useHidden } from './use-live-switch.ts';
import { useRowKeys } from './use-row-keys.ts';
import type { SearchList } from './use-search-list.ts';

/** Beyond it the first is no longer selected. */
const SELECTED_MAX = 12;

interface ResultsProps {
  list: SearchList | undefined;
  overview: Overview | undefined;
  /** Null while live tail is off. */
  tail: LiveTail | null;
  paused: boolean;
  onPause: (paused: boolean) => void;
  onStop: () => void;
  failed: boolean;
  question: Question;
  onAsk: (question: Question) => void;
}

export function Results(props: ResultsProps) {
  const { list, overview, tail, paused, onPause, onStop } = props;
  const { failed, question, onAsk } = props;
  const { t } = useText();
  const [selected, setSelected] = useState<readonly string[]>([]);
  const hidden = useHidden();
  const select = (id: string, chosen: boolean) =>
    setSelected((before) =>
      [...before.filter((other) => other !== id), ...(chosen ? [id] : [])].slice(-SELECTED_MAX),
    );
  useRowKeys();
  if (!list) return failed ? null : <ResultSkeleton />;
  const fresh = tail ? beyond(tail.live.shown, list.traces) : [];
  const traces = [...fresh, ...list.traces];
  const live = tail && (
    <LiveBar
      tail={tail}
      waiting={beyond(tail.live.waiting, list.traces).length}
      paused={paused}
      hidden={hidden}
      onPause={onPause}
      onStop={onStop}
    />
  );
  if (traces.length === 0)
    return (
      <>
        {live}
        <NothingFound question={question} searched={list.searched} onAsk={onAsk} />
      </>
    );
  return (
    <>
      <ResultSummary list={list} overview={overview} />
      {overview?.truncated && (
        <Banner
          tone="warn"
          lead={t('result.cut.lead', { count: overview.count })}
          text={t('result.cut.text')}
        />
      )}
      <Scatter
        points={overview?.points ?? list.traces}
        overview={overview}
        searched={list.searched}
        onFilter={(chosen) => onAsk({ ...question, ...chosen })}
      />
      {live}
      <ResultToolbar
        traces={traces}
        tags={overview?.tags ?? []}
        selected={selected}
        question={question}
        onAsk={onAsk}
      />
      <ResultList
        traces={traces}
        list={list}
        overview={overview}
        selected={selected}
        onSelect={select}
        question={question}
        onAsk={onAsk}
      />
    </>
  );
}
