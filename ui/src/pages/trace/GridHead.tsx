// The heads of the columns, with the ruler of the time axis.
import type { CSSProperties, RefObject } from 'react';
import { useText } from '../../parts/language.tsx';
import { formatAxis } from '../../trace/format.ts';
import { type Zoom, ticks, toPixels } from '../../trace/scale.ts';
import type { TraceViewName } from '../../trace/trace-view.ts';
import styles from './HopGrid.module.css';

interface GridHeadProps {
  view: TraceViewName;
  zoom: Zoom;
  /** Where the axis counts from. */
  origin: number;
  width: number;
  timeline: RefObject<HTMLDivElement | null>;
}

const TREE_COLUMNS = [
  'tree.calls',
  'tree.total',
  'tree.network',
  'tree.server',
  'tree.self',
  'tree.critical',
  'tree.peers',
] as const;

export function GridHead({ view, zoom, origin, width, timeline }: GridHeadProps) {
  const { t } = useText();
  const tree = view === 'tree';
  return (
    <div role="row" aria-rowindex={1} className={styles.head}>
      <span role="columnheader">{t(tree ? 'tree.caller' : 'tree.hop')}</span>
      {(tree ? TREE_COLUMNS : (['tree.total'] as const)).map((name) => (
        <span key={name} role="columnheader" className={styles.cell}>
          {t(name)}
        </span>
      ))}
      <div role="columnheader" ref={timeline} className={styles.timeline}>
        {tree ? (
          <span className={styles.caption}>{t('tree.split')}</span>
        ) : (
          <>
            <span className="offscreen">{t('tree.split')}</span>
            {ticks({ start: zoom.start - origin, end: zoom.end - origin }, width / 110)
              .filter((tick) => toPixels(tick + origin, zoom, width) < width - 40)
              .map((tick) => (
                <span
                  aria-hidden="true"
                  key={tick}
                  className={styles.tick}
                  style={{ '--x': `${toPixels(tick + origin, zoom, width)}px` } as CSSProperties}
                >
                  {formatAxis(tick)}
                </span>
              ))}
          </>
        )}
      </div>
    </div>
  );
}
