// The span as programs get it: in Zipkin's format, in OpenTelemetry's, and as the server answers it here.
import { useState } from 'react';
import { useRawSpan } from '../../api/trace-hooks.ts';
import { Icon } from '../../parts/Icon.tsx';
import { Segments } from '../../parts/Segments.tsx';
import { useText } from '../../parts/language.tsx';
import { useCopy } from '../../parts/use-copy.ts';
import { RAW_FORMATS, RAW_NAMES, type RawFormat, WINDOW, layOut } from '../../trace/raw.ts';
import type { Span } from '../../trace/span.ts';
import type { Trace } from '../../trace/trace.ts';
import styles from './SpanTabPanel.module.css';
import { useOpenFile } from './file-context.ts';

export function RawSpan({ trace, span }: { trace: Trace; span: Span }) {
  const { t } = useText();
  const [format, setFormat] = useState<RawFormat>('zipkin');
  // Of a span from a file the store knows nothing: what the page has is all there is.
  if (useOpenFile()) return <RawText text={JSON.stringify(span.raw, null, 2)} />;
  return (
    <>
      <Segments
        label={t('raw.format')}
        choices={RAW_FORMATS.map((name) => ({ name, shown: RAW_NAMES[name] }))}
        chosen={format}
        onChoose={setFormat}
      />
      {format === 'hopline' ? (
        <RawText text={JSON.stringify(span.raw, null, 2)} />
      ) : (
        <Asked traceId={trace.id} spanId={span.spanId} format={format} />
      )}
    </>
  );
}

interface AskedProps {
  traceId: string;
  spanId: string;
  format: RawFormat;
}

function Asked({ traceId, spanId, format }: AskedProps) {
  const { t } = useText();
  const { data, error } = useRawSpan(traceId, spanId, format);
  if (data !== undefined) return <RawText text={layOut(data)} />;
  return (
    <p role="status" className={styles.none}>
      {error ? t('panel.failed', { why: error.message }) : t('raw.loading')}
    </p>
  );
}

function RawText({ text }: { text: string }) {
  const { t } = useText();
  const copy = useCopy();
  const [whole, setWhole] = useState(false);
  return (
    <>
      <button type="button" className={`button ${styles.copy}`} onClick={() => copy(text)}>
        <Icon name="copy" /> {t('common.copy')}
      </button>
      <pre className={styles.raw} translate="no">
        {whole ? text : text.slice(0, WINDOW)}
      </pre>
      {!whole && text.length > WINDOW && (
        <button type="button" className="link" onClick={() => setWhole(true)}>
          {t('panel.show.all')}
        </button>
      )}
    </>
  );
}
