// The lasting word above what is of a file: that nobody stored it, and what it is.
import { Link, useNavigate } from 'react-router';
import { closeFile } from '../../api/viewed.ts';
import { Banner } from '../../parts/Banner.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import { formatName } from '../../trace/viewed-file.ts';
import type { OpenFile } from '../trace/file-context.ts';
import styles from './ViewPage.module.css';

export function FileBar({ open, several }: { open: OpenFile; several: boolean }) {
  const { t } = useText();
  const navigate = useNavigate();
  const { file, content } = open;
  const { refused } = content;
  return (
    <div>
      <section className={styles.bar} aria-label={t('view.bar')}>
        <Icon name="file" />
        <p>
          <b>{t('view.bar.lead')}</b>{' '}
          <span className={styles.name} translate="no" title={file.name}>
            {file.name}
          </span>{' '}
          <span className={styles.what}>
            {t('view.bar.what', {
              format: formatName(content.format),
              count: content.spanCount,
            })}
          </span>
        </p>
        {several && (
          <Link to={`/view?${new URLSearchParams({ file: file.name })}`}>
            {t('view.all', { count: content.traceCount })}
          </Link>
        )}
        <button
          type="button"
          className="button"
          aria-label={t('view.close')}
          onClick={() => {
            closeFile();
            void navigate('/view');
          }}
        >
          <Icon name="close" /> <span>{t('view.close')}</span>
        </button>
      </section>
      {refused.count > 0 && (
        <Banner
          tone="warn"
          lead={t('view.refused', { count: refused.count })}
          text={refused.first ?? ''}
        />
      )}
    </div>
  );
}
