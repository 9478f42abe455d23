// The span as the server answered it.
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import { useCopy } from '../../parts/use-copy.ts';
import type { Span } from '../../trace/span.ts';
import styles from './SpanTabPanel.module.css';

export function RawSpan({ span }: { span: Span }) {
  const { t } = useText();
  const copy = useCopy();
  const text = JSON.stringify(span.raw, null, 2);
  return (
    <>
      <button type="button" className="button" onClick={() => copy(text)}>
        <Icon name="copy" /> {t('common.copy')}
      </button>
      <pre className={styles.raw} translate="no">
        {text}
      </pre>
    </>
  );
}
