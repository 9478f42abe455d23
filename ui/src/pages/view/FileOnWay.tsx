// A file that was chosen and is on its way, over the zone that it came through.
import { type Viewed, closeFile } from '../../api/viewed.ts';
import { useText } from '../../parts/language.tsx';
import styles from './ViewPage.module.css';

export function FileOnWay({ viewed, onCancel }: { viewed: Viewed; onCancel: () => void }) {
  const { t } = useText();
  if (!('part' in viewed)) return null;
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
