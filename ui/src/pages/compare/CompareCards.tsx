// What is compared, A beside B, and a button that turns them round.
import type { ReactNode } from 'react';
import { useText } from '../../parts/language.tsx';
import styles from './ComparePage.module.css';
import type { CompareView } from './use-compare-view.ts';

interface CompareCardsProps {
  children: readonly [ReactNode, ReactNode];
  view: CompareView;
  onView: (change: Partial<CompareView>) => void;
}

export function CompareCards({ children: [a, b], view, onView }: CompareCardsProps) {
  const { t } = useText();
  return (
    <div className={styles.cards}>
      {a}
      <button
        type="button"
        className="quiet"
        aria-label={t('compare.swap')}
        title={t('compare.swap')}
        onClick={() => onView({ a: view.b, b: view.a })}
      >
        ⇄
      </button>
      {b}
    </div>
  );
}
