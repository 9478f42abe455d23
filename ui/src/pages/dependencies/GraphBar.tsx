// The bar: find a service, how far around it, which number, graph or list, and the time.
import { useState } from 'react';
import { Combobox } from '../../parts/Combobox.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { Segments } from '../../parts/Segments.tsx';
import { ServiceName } from '../../parts/ServiceName.tsx';
import { TimePicker } from '../../parts/TimePicker.tsx';
import { useText } from '../../parts/language.tsx';
import type { GraphNode } from '../../trace/graph.ts';
import type { TimeRange } from '../../trace/time-range.ts';
import styles from './DependenciesPage.module.css';
import { type GraphView, LEVELS, MEASURES } from './use-graph-view.ts';

interface GraphBarProps {
  services: readonly GraphNode[];
  view: GraphView;
  shape: 'graph' | 'list';
  range: TimeRange;
  onRange: (range: TimeRange) => void;
  onView: (change: Partial<GraphView>) => void;
}

export function GraphBar({ services, view, shape, range, onRange, onView }: GraphBarProps) {
  const { t } = useText();
  const [text, setText] = useState('');
  const wanted = text.trim().toLowerCase();
  const found = services
    .filter(({ name }) => name.toLowerCase().includes(wanted))
    .slice(0, CHOICES);
  const focus = (name: string) => {
    setText('');
    onView({ focus: name });
  };
  return (
    <div className={styles.bar}>
      <div className={styles.find}>
        <Combobox
          label={t('graph.find')}
          text={text}
          placeholder={t('graph.find')}
          pageField
          choices={found.map(({ name }) => ({ id: name, shown: <ServiceName name={name} /> }))}
          onText={setText}
          onTake={focus}
          onEnter={() => {
            const exact = services.find(({ name }) => name.toLowerCase() === wanted) ?? found[0];
            if (wanted !== '' && exact) focus(exact.name);
          }}
        />
      </div>
      {view.focus !== null && (
        <>
          <span className={styles.chip}>
            <ServiceName name={view.focus} />
            <button
              type="button"
              aria-label={t('common.remove', { name: view.focus })}
              onClick={() => onView({ focus: null })}
            >
              <Icon name="close" />
            </button>
          </span>
          <Segments
            label={t('graph.levels')}
            chosen={view.levels}
            onChoose={(levels) => onView({ levels })}
            choices={LEVELS.map((name) => ({
              name,
              shown: name === 'all' ? t('graph.levels.all') : name,
            }))}
          />
          <span className={styles.words}>{t('graph.levels')}</span>
        </>
      )}
      <span className={styles.space} />
      <Segments
        label={t('graph.view')}
        chosen={shape}
        onChoose={(name) => onView({ view: name })}
        choices={(['graph', 'list'] as const).map((name) => ({
          name,
          shown: t(`graph.view.${name}`),
        }))}
      />
      {shape === 'graph' && (
        <Segments
          label={t('graph.by')}
          chosen={view.by}
          onChoose={(by) => onView({ by })}
          choices={MEASURES.map((name) => ({
            name,
            shown: { rate: t('load.rate'), error: t('load.errors'), p99: 'p99' }[name],
          }))}
        />
      )}
      <TimePicker range={range} onChoose={onRange} />
    </div>
  );
}

const CHOICES = 12;
