// Lines over time from zero, with what came after a rise shaded; pointing reads the values off.
import { useRef, useState } from 'react';
import { useText } from '../../parts/language.tsx';
import { useWidth } from '../../parts/use-size.ts';
import { formatClock } from '../../trace/format.ts';
import { niceTop } from '../../trace/nice-top.ts';
import styles from './LoadChart.module.css';

export interface ChartLine {
  name: string;
  tone: 'plain' | 'error' | 'warn' | 'faint';
  values: readonly (number | null)[];
}

interface LoadChartProps {
  name: string;
  value: string;
  note: string;
  times: readonly number[];
  lines: readonly ChartLine[];
  format: (value: number) => string;
  /** The axis reaches at least this far. */
  least?: number;
  since: number | null;
}

const HEIGHT = 132;
const [TOP, BOTTOM] = [8, 22];

export function LoadChart(props: LoadChartProps) {
  const { name, value, note, times, lines, format, least = 0, since } = props;
  const { t } = useText();
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const [pointed, setPointed] = useState<number | null>(null);
  const most = Math.max(least, ...lines.flatMap((line) => line.values.map((one) => one ?? 0)));
  const top = niceTop(most);
  // The axis has room for its longest words; a Korean letter is as wide as two digits.
  const left = Math.max(
    52,
    10 + 6.2 * Math.max(...[0.5, 1].map((share) => widthOf(format(share * top)))),
  );
  const plot = Math.max(10, width - left - 8);
  const x = (index: number) => left + (index / Math.max(1, times.length - 1)) * plot;
  const y = (value: number) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const sinceAt = since === null ? -1 : times.indexOf(since);
  const at = pointed !== null && pointed < times.length ? pointed : null;
  const read = (index: number) =>
    lines
      .map((line) => {
        const one = line.values[index];
        return `${line.name} ${one == null ? '–' : format(one)}`.trim();
      })
      .join(' · ');
  return (
    <section className={styles.chart}>
      <h2>
        {name} <b className="num">{value}</b>{' '}
        <small className="num">
          {at === null ? note : `${formatClock(times[at] ?? 0, 'minutes')}  ${read(at)}`}
        </small>
      </h2>
      <div
        ref={box}
        className={styles.plot}
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const share = (event.clientX - box.left - left) / plot;
          const index = Math.round(share * (times.length - 1));
          setPointed(Math.min(times.length - 1, Math.max(0, index)));
        }}
        onPointerLeave={() => setPointed(null)}
      >
        {width > 0 && (
          <svg
            width={width}
            height={HEIGHT}
            role="img"
            aria-label={
              sinceAt >= 0
                ? t('service.chart.rose', { name, value, time: formatClock(since ?? 0, 'minutes') })
                : t('service.chart', { name, value })
            }
          >
            {[0, 0.5, 1].map((share) => (
              <g key={share} className={styles.tick}>
                <path d={`M${left} ${y(share * top)}H${left + plot}`} />
                <text x={left - 8} y={y(share * top) + 4} textAnchor="end">
                  {format(share * top)}
                </text>
              </g>
            ))}
            {clockTicks(times, plot).map((index) => (
              <text
                key={index}
                className={styles.clock}
                x={x(index)}
                y={HEIGHT - 4}
                textAnchor={index === 0 ? 'start' : index === times.length - 1 ? 'end' : 'middle'}
              >
                {formatClock(times[index] ?? 0, 'minutes')}
              </text>
            ))}
            {sinceAt >= 0 && (
              <g className={styles.since}>
                <rect
                  x={x(sinceAt)}
                  y={TOP}
                  width={x(times.length - 1) - x(sinceAt)}
                  height={HEIGHT - TOP - BOTTOM}
                />
                <path d={`M${x(sinceAt)} ${TOP}V${HEIGHT - BOTTOM}`} />
              </g>
            )}
            {[...lines].reverse().map((line) => (
              <path
                key={line.name}
                className={`${styles.line} ${styles[line.tone]}`}
                d={path(line.values, x, y)}
              />
            ))}
            {lines.length > 1 &&
              lines.map((line) => {
                const last = line.values.findLast((one) => one !== null);
                return (
                  last != null && (
                    <text
                      key={line.name}
                      className={`${styles.name} ${styles[line.tone]}`}
                      x={left + plot - 2}
                      y={y(last) - 4}
                      textAnchor="end"
                    >
                      {line.name}
                    </text>
                  )
                );
              })}
            {at !== null && (
              <path className={styles.pointer} d={`M${x(at)} ${TOP}V${HEIGHT - BOTTOM}`} />
            )}
          </svg>
        )}
      </div>
    </section>
  );
}

function path(
  values: readonly (number | null)[],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  let drawn = '';
  values.forEach((value, index) => {
    if (value === null) return;
    const [first, last] = [values[index - 1] == null, values[index + 1] == null];
    const place = `${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    drawn += first && last ? `M${place}h2` : `${first ? 'M' : 'L'}${place}`;
  });
  return drawn;
}

/** In digits. */
function widthOf(text: string): number {
  return text.replace(/[가-힣]/g, 'xx').length;
}

/** First, last, and as many between as have room. */
function clockTicks(times: readonly number[], plot: number): number[] {
  const last = times.length - 1;
  if (last < 1) return times.length > 0 ? [0] : [];
  const parts = Math.max(1, Math.min(3, Math.floor(plot / 90)));
  return Array.from({ length: parts + 1 }, (_, part) => Math.round((part / parts) * last));
}
