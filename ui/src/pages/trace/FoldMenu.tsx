// Folding the whole tree to a depth, and unfolding it.
import { Menu } from '../../parts/Menu.tsx';
import { useText } from '../../parts/language.tsx';
import { foldedBelow, foldedToDepth } from '../../trace/rows.ts';
import { maxDepth } from '../../trace/trace.ts';
import type { TraceToolbarProps } from './TraceToolbar.tsx';

export function FoldMenu({ trace, view, onView }: TraceToolbarProps) {
  const { t } = useText();
  const depths = [1, 2, 3, 4].filter((depth) => depth < maxDepth(trace.hops));
  const groups = trace.folding.members.flatMap((members, group) =>
    members.length > 0 ? [group] : [],
  );
  const rows: [string, () => void, boolean?][] = [
    [t('trace.expand.all'), () => onView({ fold: [] })],
    [t('trace.collapse.all'), () => onView({ fold: [...foldedToDepth(trace, 0)] })],
    ...depths.map((depth): [string, () => void] => [
      t('trace.collapse.depth', { depth: depth + 1 }),
      () => onView({ fold: [...foldedToDepth(trace, depth)] }),
    ]),
  ];
  if (groups.length > 0)
    rows.push(
      [t('trace.collapse.groups'), () => onView({ opened: [] })],
      [t('trace.expand.groups'), () => onView({ opened: groups })],
    );
  rows.push([
    t('trace.only.path'),
    () => onView({ only: view.only === 'path' ? null : 'path' }),
    view.only === 'path',
  ]);
  return (
    <Menu label={t('trace.collapse')}>
      {(close) => (
        <>
          {rows.map(([label, act, pressed]) => (
            <button
              key={label}
              type="button"
              className="menuRow"
              aria-pressed={pressed}
              onClick={() => (act(), close())}
            >
              {label}
            </button>
          ))}
          {trace.services.slice(0, MOST_SERVICES).map(({ name }) => (
            <button
              key={name}
              type="button"
              className="menuRow"
              onClick={() => (onView({ fold: [...foldedBelow(trace, name)] }), close())}
            >
              {t('trace.collapse.service', { service: name })}
            </button>
          ))}
        </>
      )}
    </Menu>
  );
}

/** A menu of more is no menu. */
const MOST_SERVICES = 20;
