// Two traces, or two groups of them: the difference in one number, then hop by hop where it lies.
import { useSearchParams } from 'react-router';
import { useText } from '../../parts/language.tsx';
import { useTitle } from '../../parts/use-title.ts';
import { type TraceGroup, readGroup } from '../../trace/trace-group.ts';
import { CompareForm } from './CompareForm.tsx';
import styles from './ComparePage.module.css';
import { GroupForm } from './GroupForm.tsx';
import { GroupsCompared } from './GroupsCompared.tsx';
import { KindSwitch } from './KindSwitch.tsx';
import { TracesCompared } from './TracesCompared.tsx';
import { type CompareView, useCompareView } from './use-compare-view.ts';

export function ComparePage() {
  const { t } = useText();
  const [address] = useSearchParams();
  const [view, change] = useCompareView();
  const [a, b] = [address.get('a')?.trim() ?? '', address.get('b')?.trim() ?? ''];
  useTitle(t('frame.compare'));
  const groups = { a: readGroup(a), b: readGroup(b) };
  const isOfGroups = view.of === 'groups' || groups.a !== null || groups.b !== null;
  return (
    <div className={styles.page}>
      <h1 className="offscreen">{t('compare.title')}</h1>
      {isOfGroups ? (
        <OfGroups
          a={groups.a ?? groupOfOne(a)}
          b={groups.b ?? groupOfOne(b)}
          view={view}
          onView={change}
        />
      ) : a === '' || b === '' ? (
        <div className={styles.ask}>
          <KindSwitch kind="traces" onChoose={(of) => change({ of })} />
          <CompareForm a={a} b={b} onCompare={(chosen) => change(chosen)} />
        </div>
      ) : (
        <TracesCompared a={a} b={b} view={view} onView={change} />
      )}
    </div>
  );
}

interface OfGroupsProps {
  a: TraceGroup | null;
  b: TraceGroup | null;
  view: CompareView;
  onView: (change: Partial<CompareView>) => void;
}

function OfGroups({ a, b, view, onView }: OfGroupsProps) {
  if (a && b && !view.edit) return <GroupsCompared a={a} b={b} view={view} onView={onView} />;
  return (
    <div className={styles.ask}>
      <KindSwitch
        kind="groups"
        onChoose={(of) => onView(of === 'traces' ? { of, a: null, b: null, edit: null } : { of })}
      />
      <GroupForm a={a} b={b} onCompare={(chosen) => onView({ ...chosen, of: null, edit: null })} />
    </div>
  );
}

/** One trace may stand beside a group. */
function groupOfOne(id: string): TraceGroup | null {
  return id === '' ? null : { kind: 'ids', ids: [id] };
}
