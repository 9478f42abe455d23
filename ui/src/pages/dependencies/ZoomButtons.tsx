// Larger, smaller, the whole.
import { useText } from '../../parts/language.tsx';
import styles from './GraphPicture.module.css';
import { type PanZoom, STEP } from './use-pan-zoom.ts';

export function ZoomButtons({ zoomBy, fit }: PanZoom) {
  const { t } = useText();
  return (
    <div className={styles.zoom}>
      {(
        [
          ['+', 'graph.zoom.in', () => zoomBy(STEP)],
          ['−', 'graph.zoom.out', () => zoomBy(1 / STEP)],
          ['⤢', 'graph.zoom.fit', fit],
        ] as const
      ).map(([sign, words, act]) => (
        <button
          key={sign}
          type="button"
          className="button"
          aria-label={t(words)}
          title={t(words)}
          onClick={act}
        >
          {sign}
        </button>
      ))}
    </div>
  );
}
