// The same calls as a table: for readers of the screen, for phones, and for sorting by eye.
import table from '../../parts/DataTable.module.css';
import { LoadHeads } from '../../parts/LoadHeads.tsx';
import { LoadCells } from '../../parts/LoadNumbers.tsx';
import { ServiceName } from '../../parts/ServiceName.tsx';
import { useText } from '../../parts/language.tsx';
import { type GraphNode, edgeName } from '../../trace/graph.ts';
import { type Edge, errorShare, rateOf } from '../../trace/load.ts';
import { formatRate } from '../../trace/quantity.ts';
import styles from './DependenciesPage.module.css';
import type { GraphView } from './use-graph-view.ts';

interface EdgeListProps {
  edges: readonly Edge[];
  services: readonly GraphNode[];
  searched: { from: number; to: number };
  near: ReadonlySet<string> | null;
  view: GraphView;
  onView: (change: Partial<GraphView>) => void;
}

export function EdgeList({ edges, services, searched, near, view, onView }: EdgeListProps) {
  const { t, language } = useText();
  const inferred = new Map(services.map((node) => [node.name, node]));
  const shown = edges
    .filter(
      ({ caller, callee }) => near === null || (near.has(caller ?? '') && near.has(callee ?? '')),
    )
    .sort((a, b) => errorShare(b) - errorShare(a) || b.requests - a.requests);
  return (
    <div className={styles.list} role="region" aria-label={t('frame.dependencies')} tabIndex={0}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">{t('graph.caller')}</th>
            <th scope="col">{t('graph.callee')}</th>
            <LoadHeads columns={['rate', 'errors', 'p50', 'p99']} />
          </tr>
        </thead>
        <tbody>
          {shown.map((edge) => {
            const name = edgeName(edge);
            const node = inferred.get(edge.callee ?? '');
            return (
              <tr key={`${name} ${edge.kind}`} aria-selected={name === view.edge}>
                <th scope="row">
                  <span className={styles.end}>
                    <ServiceName name={edge.caller} />
                  </span>
                </th>
                <td>
                  <button
                    type="button"
                    className={`link ${styles.end}`}
                    onClick={() => onView({ edge: name })}
                  >
                    <ServiceName name={edge.callee} />
                  </button>{' '}
                  <span className={table.second}>
                    {node?.inferred
                      ? t('graph.inferred', { kind: node.kind ?? edge.kind })
                      : edge.kind}
                  </span>
                </td>
                <td className={`num ${table.right}`}>
                  {formatRate(rateOf(edge, searched), language)}
                </td>
                <LoadCells load={edge} />
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
