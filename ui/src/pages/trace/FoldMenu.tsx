// Folding the whole tree to a depth, and unfolding it.
import { Menu } from '../../parts/Menu.tsx';
import { useText } from '../../parts/language.tsx';
import { foldedToDepth } from '../../trace/rows.ts';
import { maxDepth } from '../../trace/trace.ts';
import type { TraceToolbarProps } from './TraceToolbar.tsx';

export function FoldMenu({ trace, onView }: TraceToolbarProps) {
  const { t } = useText();
  const depths = [1, 2, 3, 4].filter((depth) => depth < maxDepth(trace.hops));
  const fold = (depth: number) => onView({ fold: [...foldedToDepth(trace, depth)] });
  return (
    <Menu label={t('trace.collapse')}>
      {(close) => (
        <>
          <button type="button" className="menuRow" onClick={() => (onView({ fold: [] }), close())}>
            {t('trace.expand.all')}
          </button>
          <button type="button" className="menuRow" onClick={() => (fold(0), close())}>
            {t('trace.collapse.all')}
          </button>
          {depths.map((depth) => (
            <button
              key={depth}
              type="button"
              className="menuRow"
              onClick={() => (fold(depth), close())}
            >
              {t('trace.collapse.depth', { depth: depth + 1 })}
            </button>
          ))}
        </>
      )}
    </Menu>
  );
}
