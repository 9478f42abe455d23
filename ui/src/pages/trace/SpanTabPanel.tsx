// What the chosen tab says about a span.
import { Link } from 'react-router';
import { useText } from '../../parts/language.tsx';
import type { Span } from '../../trace/span.ts';
import { AttributeTable } from './AttributeTable.tsx';
import { EventList } from './EventList.tsx';
import { ProcessFacts } from './ProcessFacts.tsx';
import { RawSpan } from './RawSpan.tsx';
import styles from './SpanTabPanel.module.css';

export type TabName = 'attributes' | 'events' | 'links' | 'process' | 'raw';

export function SpanTabPanel({ span, tab }: { span: Span; tab: TabName }) {
  const { t } = useText();
  const none = (text: string) => <p className={styles.none}>{text}</p>;
  switch (tab) {
    case 'attributes':
      return (
        <>
          {span.statusMessage && <p className={styles.message}>{span.statusMessage}</p>}
          {span.attributes.length === 0 ? (
            none(t('panel.attributes.none'))
          ) : (
            <AttributeTable attributes={span.attributes} grouped />
          )}
        </>
      );
    case 'events':
      return span.events.length === 0 ? (
        none(t('panel.events.none'))
      ) : (
        <EventList events={span.events} />
      );
    case 'links':
      return span.links.length === 0 ? (
        none(t('panel.links.none'))
      ) : (
        <ul>
          {span.links.map((link, index) => (
            <li key={index} className={styles.item}>
              <Link
                to={`/traces/${encodeURIComponent(link.traceId)}${link.spanId ? `?span=${encodeURIComponent(link.spanId)}` : ''}`}
                className="mono"
                translate="no"
              >
                {link.traceId} {link.spanId}
              </Link>
              <AttributeTable attributes={link.attributes} />
            </li>
          ))}
        </ul>
      );
    case 'process':
      return <ProcessFacts span={span} />;
    case 'raw':
      return <RawSpan span={span} />;
  }
}
