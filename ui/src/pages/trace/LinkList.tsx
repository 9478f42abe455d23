// The ties of a span: what it links to, who links to it, and messages that go to or come from other traces.
import { Link } from 'react-router';
import { ServiceName } from '../../parts/ServiceName.tsx';
import { useText } from '../../parts/language.tsx';
import { addressOfSpan } from '../../trace/across.ts';
import type { Span } from '../../trace/span.ts';
import type { Trace } from '../../trace/trace.ts';
import { addressInFile } from '../../trace/viewed-file.ts';
import { AttributeTable } from './AttributeTable.tsx';
import { useOpenFile } from './file-context.ts';
import styles from './SpanTabPanel.module.css';
import { type Tie, tiesOf } from './ties.ts';

interface LinkListProps {
  trace: Trace;
  hop: number;
  span: Span;
}

export function LinkList({ trace, hop, span }: LinkListProps) {
  const { t } = useText();
  const groups = tiesOf(trace, hop, span).filter(([, ties]) => ties.length > 0);
  if (groups.length === 0) return <p className={styles.none}>{t('panel.links.none')}</p>;
  return groups.map(([name, ties]) => (
    <section key={name}>
      <h4 className={styles.title}>{t(`panel.links.${name}`)}</h4>
      <ul>
        {ties.map((tie, index) => (
          <li key={index} className={styles.item}>
            <TieLine trace={trace} tie={tie} />
            {tie.attributes.length > 0 && <AttributeTable attributes={tie.attributes} />}
          </li>
        ))}
      </ul>
      {name === 'in' && trace.across.linkedBy.truncated && (
        <p className={styles.none}>{t('trace.linked.cut')}</p>
      )}
    </section>
  ));
}

export function TieLine({ trace, tie }: { trace: Trace; tie: Tie }) {
  const { t, duration } = useText();
  const open = useOpenFile();
  const here = tie.traceId === trace.id;
  // A trace that the file does not have may be kept.
  const filed = open?.content.traces.some(({ traceId }) => traceId === tie.traceId);
  const address =
    open && filed
      ? addressInFile(open.file.name, tie.traceId, tie.spanId)
      : addressOfSpan(tie.traceId, tie.spanId);
  return (
    <>
      {(tie.service !== null || tie.operation !== null) && (
        <p className={styles.tie}>
          <ServiceName name={tie.service} />
          <span lang="en" translate="no">
            {tie.operation}
          </span>
          {tie.error && <span className="badge error">{t('tree.error')}</span>}
        </p>
      )}
      <Link to={address} className="mono" translate="no">
        {here ? '' : tie.traceId} {tie.spanId}
      </Link>
      {here && <small>{t('panel.links.here')}</small>}
      {tie.queueNano !== null && (
        <small className="num">{t('panel.links.queue', { time: duration(tie.queueNano) })}</small>
      )}
    </>
  );
}
