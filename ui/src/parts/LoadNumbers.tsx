// The numbers of a load as cells show them: few calls are told as counts, what rose is marked.
import { ABSENT, formatShare } from '../trace/format.ts';
import { type Load, type Measured, errorShare, isFew, isSlower } from '../trace/load.ts';
import table from './DataTable.module.css';
import { useText } from './language.tsx';

/** Red from one percent on; below twenty calls "1 of 2". */
export function ErrorNumber({ load }: { load: Load }) {
  const { t } = useText();
  if (load.requests === 0) return ABSENT;
  const share = errorShare(load);
  const text =
    isFew(load) && load.errors > 0
      ? t('load.few', { errors: load.errors, requests: load.requests })
      : formatShare(share);
  return <span className={load.errors > 0 && share >= 0.01 ? 'bad' : 'faint'}>{text}</span>;
}

export function ErrorBefore({ load }: { load: Measured }) {
  const { t } = useText();
  const { before } = load;
  if (!before || isFew(before) || isFew(load)) return null;
  const share = formatShare(errorShare(before));
  return share === formatShare(errorShare(load)) || load.errors === 0 ? null : (
    <span className="faint">{t('load.was', { value: share })}</span>
  );
}

/** Below twenty calls there is no median, and the 99th percentile is the longest. */
export function LatencyNumber({ load, of }: { load: Measured; of: 'p50' | 'p99' }) {
  const { t, duration } = useText();
  const value = load[of];
  if (value === null) return ABSENT;
  if (isFew(load)) return of === 'p50' ? ABSENT : t('load.max', { duration: duration(value) });
  const slower = load.before && !isFew(load.before) && isSlower(value, load.before[of]);
  return slower ? (
    <b className="slower" title={t('load.was', { value: duration(load.before?.[of]) })}>
      {duration(value)}
    </b>
  ) : (
    duration(value)
  );
}

/** The cells of a row: how many failed, and the median and the 99th percentile. */
export function LoadCells({ load }: { load: Measured }) {
  return (
    <>
      <td className={`num ${table.right}`}>
        <ErrorNumber load={load} />
      </td>
      {(['p50', 'p99'] as const).map((of) => (
        <td key={of} className={`num ${table.right}`}>
          <LatencyNumber load={load} of={of} />
        </td>
      ))}
    </>
  );
}
