// The traces of a service held against others: those just before, or its failing ones against the fine.
import { Link } from 'react-router';
import { Menu } from '../../parts/Menu.tsx';
import { useText } from '../../parts/language.tsx';
import { useNow } from '../../parts/use-now.ts';
import { EMPTY_QUESTION } from '../../trace/question.ts';
import type { TimeRange } from '../../trace/time-range.ts';
import {
  GROUP_MAX,
  type Outcome,
  type TraceGroup,
  compareAddress,
  rangeBefore,
} from '../../trace/trace-group.ts';

export function CompareMenu({ name, range }: { name: string; range: TimeRange }) {
  const { t } = useText();
  const now = useNow();
  const group = (outcome: Outcome, at: TimeRange): TraceGroup => ({
    kind: 'search',
    question: { ...EMPTY_QUESTION, service: name, range: at, limit: GROUP_MAX },
    outcome,
  });
  return (
    <Menu label={t('compare.service')}>
      {(close) => (
        <>
          <Link
            className="menuRow"
            to={compareAddress(group('all', range), group('all', rangeBefore(range, now)))}
            onClick={close}
          >
            {t('compare.service.before')}
          </Link>
          <Link
            className="menuRow"
            to={compareAddress(group('failing', range), group('fine', range))}
            onClick={close}
          >
            {t('compare.service.fine')}
          </Link>
        </>
      )}
    </Menu>
  );
}
