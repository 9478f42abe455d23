// The boxes of the results while the first answer is on its way; still, no shimmer.
import { useText } from '../../parts/language.tsx';
import styles from './ResultSkeleton.module.css';

export function ResultSkeleton() {
  const { t } = useText();
  return (
    <div className={styles.skeleton} role="status" aria-label={t('result.loading')}>
      <div className={styles.chart} />
      {Array.from({ length: 8 }, (_, index) => (
        <div key={index} className={styles.row}>
          <i />
          <i />
          <i />
          <i />
        </div>
      ))}
    </div>
  );
}
