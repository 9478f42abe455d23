// What became of a file that was chosen: on its way, refused, or gone with the page that had it.
import { type Viewed, closeFile } from '../../api/viewed.ts';
import { Banner } from '../../parts/Banner.tsx';
import { useText } from '../../parts/language.tsx';
import { formatBytes } from '../../trace/quantity.ts';
import styles from './ViewPage.module.css';

interface FileStateProps {
  viewed: Viewed;
  /** The file that the address is of. */
  asked: string | null;
  onCancel: () => void;
}

export function FileState({ viewed, asked, onCancel }: FileStateProps) {
  const { t, language } = useText();
  const bytes = (size: number) => formatBytes(size, language);
  switch (viewed.stage) {
    case 'reading':
    case 'sending':
    case 'waiting': {
      const { stage, name, part } = viewed;
      const words = t(`view.stage.${stage}`, { name });
      return (
        <section className={styles.way} role="status">
          <p>{words}</p>
          <progress aria-label={words} max={1} value={stage === 'waiting' ? undefined : part} />
          <button
            type="button"
            className="button"
            onClick={() => {
              closeFile();
              onCancel();
            }}
          >
            {t('view.cancel')}
          </button>
        </section>
      );
    }
    case 'failed': {
      const { name, error } = viewed;
      return (
        <Banner
          tone="error"
          lead={t('view.failed', { name })}
          text={[error.message, error.hint].filter(Boolean).join('. ')}
        />
      );
    }
    case 'tooLarge': {
      const values = { size: bytes(viewed.size), limit: bytes(viewed.limit) };
      return (
        <Banner
          tone="error"
          lead={t('view.large', { name: viewed.name })}
          text={t(viewed.packed ? 'view.large.packed' : 'view.large.text', values)}
        />
      );
    }
    default:
      return asked === null ? null : (
        <Banner tone="warn" lead={t('view.gone', { name: asked })} text={t('view.gone.text')} />
      );
  }
}
