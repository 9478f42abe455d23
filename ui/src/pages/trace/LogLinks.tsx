// Where the logs of a span are, for those whose server was told: nothing at all for others.
import { useLogLinks } from '../../api/trace-hooks.ts';
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import type { Trace } from '../../trace/trace.ts';
import styles from './SpanPanel.module.css';
import { useOpenFile } from './file-context.ts';

interface LogLinksProps {
  trace: Trace;
  spanId: string;
}

export function LogLinks(props: LogLinksProps) {
  // Of a trace from a file the store knows nothing.
  return useOpenFile() ? null : <KeptLogLinks {...props} />;
}

function KeptLogLinks({ trace, spanId }: LogLinksProps) {
  const { t } = useText();
  const links = useLogLinks(trace.id, spanId).data ?? [];
  if (links.length === 0) return null;
  return (
    <nav className={styles.logs} aria-label={t('panel.logs')}>
      {links.map(({ name, url }) => (
        <a
          key={url}
          className="button"
          href={url}
          target="_blank"
          rel="noopener noreferrer"
          title={new URL(url).host}
          translate="no"
        >
          <Icon name="link" /> {name}
        </a>
      ))}
    </nav>
  );
}
