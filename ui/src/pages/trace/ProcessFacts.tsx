// Where a span comes from: endpoints, kind, status, scope and resource.
import { useText } from '../../parts/language.tsx';
import type { Endpoint, Span } from '../../trace/span.ts';
import { AttributeTable } from './AttributeTable.tsx';
import styles from './SpanTabPanel.module.css';

export function ProcessFacts({ span }: { span: Span }) {
  const { t } = useText();
  const facts: [string, string | null][] = [
    [t('panel.process.span'), span.spanId],
    [t('panel.process.parent'), span.parentSpanId],
    [t('panel.process.kind'), span.kind],
    [t('panel.process.status'), span.statusCode],
    [t('panel.process.local'), endpointText(span.localEndpoint)],
    [t('panel.process.remote'), endpointText(span.remoteEndpoint)],
    [
      t('panel.process.scope'),
      span.scope && [span.scope.name, span.scope.version].filter(Boolean).join(' '),
    ],
    [t('panel.process.shared'), span.shared ? t('panel.process.shared.yes') : null],
  ];
  return (
    <>
      <dl className={styles.facts}>
        {facts.map(
          ([name, value]) =>
            value && (
              <div key={name} className={styles.pair}>
                <dt>{name}</dt>
                <dd translate="no">{value}</dd>
              </div>
            ),
        )}
      </dl>
      {span.resource.length > 0 && (
        <>
          <h4 className={styles.title}>{t('panel.process.resource')}</h4>
          <AttributeTable attributes={span.resource} />
        </>
      )}
    </>
  );
}

function endpointText(endpoint: Endpoint | null): string | null {
  if (!endpoint) return null;
  const address = endpoint.ipv4 ?? (endpoint.ipv6 && `[${endpoint.ipv6}]`);
  const port = endpoint.port ? `:${endpoint.port}` : '';
  return [endpoint.serviceName, address ? address + port : port].filter(Boolean).join(' ') || null;
}
