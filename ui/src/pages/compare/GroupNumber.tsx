// One number of a merged hop in one group; few calls have no percentiles.
import { useText } from '../../parts/language.tsx';
import { ABSENT, formatShare } from '../../trace/format.ts';
import { FEW, type GroupSide } from '../../trace/group-comparison.ts';

export const GROUP_NUMBERS = [
  'traces',
  'calls',
  'errors',
  'total50',
  'total99',
  'self50',
  'self99',
] as const;
export type GroupNumberName = (typeof GROUP_NUMBERS)[number];

export function GroupNumber({ side, name }: { side: GroupSide | null; name: GroupNumberName }) {
  const { t, duration } = useText();
  if (!side)
    return <span className="faint">{name === 'traces' ? t('compare.absent') : ABSENT}</span>;
  const few = side.callCount < FEW;
  switch (name) {
    case 'traces':
      return formatShare(side.share);
    case 'calls':
      return side.callsPerTrace.toFixed(side.callsPerTrace < 10 ? 2 : 0);
    case 'errors':
      if (side.errorCount === 0) return <span className="faint">0%</span>;
      return (
        <span className="bad">
          {few
            ? t('load.few', { errors: side.errorCount, requests: side.callCount })
            : formatShare(side.errorCount / side.callCount)}
        </span>
      );
    case 'total50':
      return duration(side.total?.p50Nano);
    case 'self50':
      return duration(side.self?.p50Nano);
    case 'total99':
    case 'self99': {
      const told = name === 'total99' ? side.total : side.self;
      if (!told) return ABSENT;
      return few ? t('load.max', { duration: duration(told.p99Nano) }) : duration(told.p99Nano);
    }
  }
}
