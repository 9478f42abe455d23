// The list of keys, over any page.
import type { MessageKey } from './messages/en.ts';
import { Dialog } from '../parts/Dialog.tsx';
import { Icon } from '../parts/Icon.tsx';
import { useText } from '../parts/language.tsx';
import styles from './KeyHelp.module.css';

const GROUPS: readonly [MessageKey, readonly [string, MessageKey][]][] = [
  [
    'keys.everywhere',
    [
      ['Ctrl K', 'keys.lookup'],
      ['?', 'keys.help'],
      ['/', 'keys.field'],
      ['g s', 'keys.search'],
      ['g v d c t u', 'keys.pages'],
      ['T L', 'keys.theme'],
      ['Esc', 'keys.close'],
    ],
  ],
  [
    'keys.results',
    [
      ['j k', 'keys.rows'],
      ['x', 'keys.select'],
      ['c', 'keys.compare'],
      ['b', 'keys.box'],
    ],
  ],
  [
    'keys.graph',
    [
      ['← ↑ → ↓', 'keys.graph.move'],
      ['Enter', 'keys.graph.focus'],
      ['[ ]', 'keys.graph.calls'],
      ['+ − 0', 'keys.graph.zoom'],
    ],
  ],
  [
    'keys.trace',
    [
      ['↑ ↓ Home End', 'keys.move'],
      ['→ ←', 'keys.fold'],
      ['Enter', 'keys.open'],
      ['Shift Enter', 'keys.zoom.hop'],
      ['[ ]', 'keys.path.step'],
      ['n N', 'keys.errors.step'],
      ['F3', 'keys.found.step'],
      ['* Shift 1…9', 'keys.depth'],
      ['1…6', 'keys.views'],
      ['+ − 0', 'keys.zoom'],
      ['a d', 'keys.pan'],
      ['p', 'keys.path'],
      ['e', 'keys.errors'],
      ['y', 'keys.link'],
    ],
  ],
];

export function KeyHelp({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  return (
    <Dialog label={t('keys.title')} onClose={onClose}>
      <div className={styles.head}>
        <h2>{t('keys.title')}</h2>
        <button type="button" className="quiet" aria-label={t('common.close')} onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      {GROUPS.map(([title, keys]) => (
        <section key={title} className={styles.group}>
          <h3>{t(title)}</h3>
          <dl>
            {keys.map(([pressed, meaning]) => (
              <div key={meaning}>
                <dt>
                  {pressed.split(' ').map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{t(meaning)}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
