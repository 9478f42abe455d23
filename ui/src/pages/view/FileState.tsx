// What became of a file that was chosen: refused, or gone with the page that had it.
import type { Viewed } from '../../api/viewed.ts';
import { Banner } from '../../parts/Banner.tsx';
import { useText } from '../../parts/language.tsx';
import { formatBytes } from '../../trace/quantity.ts';

interface FileStateProps {
  viewed: Viewed;
  /** The file that the address is of. */
  asked: string | null;
}

export function FileState({ viewed, asked }: FileStateProps) {
  const { t, language } = useText();
  const bytes = (size: number) => formatBytes(size, language);
  switch (viewed.stage) {
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
    case 'reading':
    case 'sending':
    case 'waiting':
      return null;
    default:
      return asked === null ? null : (
        <Banner tone="warn" lead={t('view.gone', { name: asked })} text={t('view.gone.text')} />
      );
  }
}
