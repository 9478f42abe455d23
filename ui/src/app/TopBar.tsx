// The bar on top of every page: name, pages, lookup, theme, language, keys.
import { NavLink } from 'react-router';
import type { MessageKey } from './messages/en.ts';
import { Icon } from '../parts/Icon.tsx';
import { Menu } from '../parts/Menu.tsx';
import { useText } from '../parts/language.tsx';
import type { Theme } from '../parts/theme.ts';
import styles from './TopBar.module.css';

interface TopBarProps {
  theme: Theme;
  onTheme: () => void;
  onLanguage: () => void;
  onLookup: () => void;
  onKeys: () => void;
}

export function TopBar({ theme, onTheme, onLanguage, onLookup, onKeys }: TopBarProps) {
  const { t, language } = useText();
  const themeName = t('frame.theme', { theme: t(`frame.theme.${theme}`) });
  const other = language === 'en' ? 'ko' : 'en';
  return (
    <header className={styles.bar}>
      <NavLink to="/" className={styles.name ?? ''} aria-label="Hopline">
        <svg className={styles.logo} viewBox="0 0 26 16" width="26" height="16" aria-hidden="true">
          <path d="M3 13C3 5 12 5 12 13M12 13C12 1 22 1 22 11" />
          <circle cx="3" cy="13" r="2.4" />
          <circle cx="12" cy="13" r="2.4" />
          <circle cx="22.5" cy="12.6" r="2.6" className={styles.last} />
        </svg>
        <span translate="no">Hopline</span>
      </NavLink>
      <nav className={styles.pages} aria-label={t('frame.navigation')}>
        {PAGES.map(([path, name]) => (
          <NavLink
            key={path}
            to={path}
            end={path === '/'}
            className={({ isActive }) => `${styles.page} ${isActive ? styles.here : ''}`}
          >
            {t(name)}
          </NavLink>
        ))}
      </nav>
      <button type="button" className={styles.lookup} onClick={onLookup}>
        <Icon name="search" />
        <span className={styles.hint}>{t('frame.lookup')}</span>
        <kbd aria-hidden="true">{APPLE ? '⌘ K' : 'Ctrl K'}</kbd>
      </button>
      <div className={styles.tools}>
        <NavLink
          to="/view"
          className={`quiet ${styles.view}`}
          aria-label={t('frame.view')}
          title={t('frame.view')}
        >
          <Icon name="upload" />
        </NavLink>
        <button
          type="button"
          className="quiet"
          aria-label={themeName}
          title={themeName}
          onClick={onTheme}
        >
          <Icon name={({ system: 'half', light: 'sun', dark: 'moon' } as const)[theme]} />
        </button>
        <button
          type="button"
          className={`quiet ${styles.language}`}
          title={t('frame.language')}
          onClick={onLanguage}
        >
          {language === 'en' ? 'EN' : '한'}
          <span className="offscreen" lang={other}>
            {t('frame.language')}
          </span>
        </button>
        <button
          type="button"
          className={`quiet ${styles.keys}`}
          aria-label={t('frame.keys')}
          title={t('frame.keys')}
          onClick={onKeys}
        >
          ?
        </button>
        <div className={styles.narrow}>
          <Menu label={<Icon name="menu" />} name={t('frame.menu')} className="quiet">
            {(close) => (
              <nav aria-label={t('frame.navigation')}>
                {[...PAGES, VIEW].map(([path, name]) => (
                  <NavLink
                    key={path}
                    to={path}
                    end={path === '/'}
                    className={`menuRow ${styles.menuPage}`}
                    onClick={close}
                  >
                    {t(name)}
                  </NavLink>
                ))}
              </nav>
            )}
          </Menu>
        </div>
      </div>
    </header>
  );
}

const PAGES: readonly (readonly [string, MessageKey])[] = [
  ['/', 'frame.search'],
  ['/services', 'frame.services'],
  ['/dependencies', 'frame.dependencies'],
  ['/compare', 'frame.compare'],
  ['/status', 'frame.status'],
];
/** An icon of its own where there is room. */
const VIEW = ['/view', 'frame.view'] as const;
const APPLE = /Mac|iPhone|iPad/.test(navigator.userAgent);
