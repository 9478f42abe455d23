// Merged or side by side, and only what differs.
import { Icon } from '../../parts/Icon.tsx';
import { Segments } from '../../parts/Segments.tsx';
import { useText } from '../../parts/language.tsx';
import styles from './ComparePage.module.css';
import type { CompareView } from './use-compare-view.ts';

interface CompareToolbarProps {
  view: CompareView;
  onView: (change: Partial<CompareView>) => void;
}

export function CompareToolbar({ view, onView }: CompareToolbarProps) {
  const { t } = useText();
  return (
    <div className={styles.toolbar}>
      <Segments
        label={t('graph.view')}
        chosen={view.view ?? 'merged'}
        onChoose={(name) => onView({ view: name === 'side' ? 'side' : null })}
        choices={(['merged', 'side'] as const).map((name) => ({
          name,
          shown: t(`compare.view.${name}`),
        }))}
      />
      <span className={styles.space} />
      <button
        type="button"
        className="button"
        aria-pressed={view.only !== null}
        onClick={() => onView({ only: view.only ? null : 'diff' })}
      >
        <Icon name="filter" /> {t('compare.only')}
      </button>
    </div>
  );
}
