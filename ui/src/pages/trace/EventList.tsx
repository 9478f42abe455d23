// The events of a span in the order of time.
import { useText } from '../../parts/language.tsx';
import type { SpanEvent } from '../../trace/span.ts';
import { AttributeTable } from './AttributeTable.tsx';
import styles from './SpanTabPanel.module.css';

export function EventList({ events }: { events: readonly SpanEvent[] }) {
  const { t, duration } = useText();
  const ordered = [...events].sort((a, b) => (a.offset ?? 0) - (b.offset ?? 0));
  return (
    <ul>
      {ordered.map((event, index) => (
        <li key={index} className={styles.item}>
          <b lang="en" translate="no">
            {event.name || t('common.unnamed')}
          </b>
          {event.offset !== null && (
            <small className="num">{t('panel.event.at', { time: duration(event.offset) })}</small>
          )}
          <AttributeTable attributes={event.attributes} />
        </li>
      ))}
    </ul>
  );
}
