// What the chosen tab says about a span.
import { useText } from '../../parts/language.tsx';
import type { Span } from '../../trace/span.ts';
import type { Trace } from '../../trace/trace.ts';
import { AttributeTable } from './AttributeTable.tsx';
import { EventLine } from './EventLine.tsx';
import { EventList } from './EventList.tsx';
import { LinkList } from './LinkList.tsx';
import { ProcessFacts } from './ProcessFacts.tsx';
import { RawSpan } from './RawSpan.tsx';
import styles from './SpanTabPanel.module.css';

export type TabName = 'attributes' | 'events' | 'links' | 'process' | 'raw';

interface SpanTabPanelProps {
  trace: Trace;
  hop: number;
  span: Span;
  tab: TabName;
}

export function SpanTabPanel({ trace, hop, span, tab }: SpanTabPanelProps) {
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
        <>
          <EventLine span={span} />
          <EventList events={span.events} />
        </>
      );
    case 'links':
      return <LinkList trace={trace} hop={hop} span={span} />;
    case 'process':
      return <ProcessFacts span={span} />;
    case 'raw':
      return <RawSpan trace={trace} span={span} />;
  }
}
