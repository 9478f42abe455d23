// What stands around the trace: spans of other traces that link to it, and logs whose spans have not come.
import { Menu } from '../../parts/Menu.tsx';
import { ServiceName } from '../../parts/ServiceName.tsx';
import { useText } from '../../parts/language.tsx';
import type { Trace } from '../../trace/trace.ts';
import { AttributeTable } from './AttributeTable.tsx';
import { TieLine } from './LinkList.tsx';
import styles from './SpanTabPanel.module.css';

export function AcrossNotes({ trace }: { trace: Trace }) {
  const { t, duration } = useText();
  const { linkedBy, orphanEvents, orphanEventCount } = trace.across;
  return (
    <>
      {linkedBy.spans.length > 0 && (
        <Menu label={t('trace.linked', { count: linkedBy.count })} className="link" align="start">
          {() => (
            <div className={styles.sheet}>
              <ul>
                {linkedBy.spans.map((far, index) => (
                  <li key={index} className={styles.item}>
                    <TieLine trace={trace} tie={{ ...far, queueNano: null, attributes: [] }} />
                  </li>
                ))}
              </ul>
              {linkedBy.truncated && <p className={styles.none}>{t('trace.linked.cut')}</p>}
            </div>
          )}
        </Menu>
      )}
      {orphanEventCount > 0 && (
        <Menu
          label={t('trace.orphans', { count: orphanEventCount })}
          className="link"
          align="start"
        >
          {() => (
            <div className={styles.sheet}>
              <p className={styles.none}>{t('trace.orphans.why')}</p>
              <ul>
                {orphanEvents.map((event, index) => (
                  <li key={index} className={styles.item}>
                    <p className={styles.tie}>
                      <ServiceName name={event.service} />
                      <code translate="no">{event.spanId}</code>
                    </p>
                    <b lang="en" translate="no">
                      {event.name || t('common.unnamed')}
                    </b>
                    {event.offset !== null && (
                      <small className="num">
                        {t('panel.event.at', { time: duration(event.offset) })}
                      </small>
                    )}
                    <AttributeTable attributes={event.attributes} />
                  </li>
                ))}
              </ul>
            </div>
          )}
        </Menu>
      )}
    </>
  );
}
