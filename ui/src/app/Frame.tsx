// The frame of every page: skip link, top bar, content, and the overlays that any page can open.
import { type ReactNode, useCallback, useState } from 'react';
import { useNavigate } from 'react-router';
import { LookupPalette } from '../pages/lookup/LookupPalette.tsx';
import { FileDrop } from '../pages/view/FileDrop.tsx';
import { useText } from '../parts/language.tsx';
import { THEMES, currentTheme, setTheme } from '../parts/theme.ts';
import { KeyHelp } from './KeyHelp.tsx';
import { TopBar } from './TopBar.tsx';
import styles from './Frame.module.css';
import { useFrameKeys } from './use-frame-keys.ts';

export function Frame({ children }: { children: ReactNode }) {
  const { t, language, choose } = useText();
  const navigate = useNavigate();
  const [overlay, setOverlay] = useState<'lookup' | 'keys' | null>(null);
  const [theme, chooseTheme] = useState(currentTheme);
  const close = useCallback(() => setOverlay(null), []);
  const nextTheme = () => {
    const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
    setTheme(next);
    chooseTheme(next);
  };
  const nextLanguage = () => choose(language === 'en' ? 'ko' : 'en');
  useFrameKeys({
    lookup: () => setOverlay('lookup'),
    keys: () => setOverlay('keys'),
    go: (path) => void navigate(path),
    theme: nextTheme,
    language: nextLanguage,
  });
  return (
    <div className={styles.frame}>
      <a className={styles.skip} href="#content" onClick={skipToContent}>
        {t('frame.skip')}
      </a>
      <TopBar
        theme={theme}
        onTheme={nextTheme}
        onLanguage={nextLanguage}
        onLookup={() => setOverlay('lookup')}
        onKeys={() => setOverlay('keys')}
      />
      <main id="content" className={styles.content} tabIndex={-1}>
        {children}
      </main>
      <FileDrop />
      {overlay === 'lookup' && <LookupPalette onClose={close} />}
      {overlay === 'keys' && <KeyHelp onClose={close} />}
    </div>
  );
}

/** A plain "#content" would resolve against the page's <base>, which is another address. */
function skipToContent(event: { preventDefault: () => void }) {
  event.preventDefault();
  document.getElementById('content')?.focus();
}
