// The palette as a page, for links from other tools: a single match is opened at once.
import { useState } from 'react';
import { Navigate, useNavigate, useSearchParams } from 'react-router';
import { useLookup } from '../../api/hooks.ts';
import { useText } from '../../parts/language.tsx';
import { useTitle } from '../../parts/use-title.ts';
import { LookupMatches } from './LookupMatches.tsx';
import { LookupOutcome } from './LookupOutcome.tsx';
import styles from './LookupPalette.module.css';
import { addressOfMatch } from './match-address.ts';

export function LookupPage() {
  const { t } = useText();
  const navigate = useNavigate();
  const [address, setAddress] = useSearchParams();
  const asked = address.get('q')?.trim() ?? '';
  const [text, setText] = useState(asked);
  const [active, setActive] = useState(0);
  const lookup = useLookup(asked);
  useTitle(t('lookup.title'));
  const matches = asked === '' || lookup.error ? [] : (lookup.data?.matches ?? []);
  const only = matches[0];
  if (only && matches.length === 1 && !lookup.isPlaceholderData) {
    return <Navigate replace to={addressOfMatch(only)} />;
  }
  const open = (index: number) => {
    const match = matches[index];
    if (match) void navigate(addressOfMatch(match));
  };
  return (
    <section className={styles.page}>
      <h1>{t('lookup.title')}</h1>
      <form
        role="search"
        aria-label={t('lookup.title')}
        onSubmit={(event) => {
          event.preventDefault();
          setAddress({ q: text.trim() });
        }}
      >
        <input
          className="field mono"
          aria-label={t('lookup.field')}
          placeholder={t('frame.lookup')}
          data-page-field
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
            if (step && matches.length > 0)
              setActive((active + step + matches.length) % matches.length);
            if (event.key === 'Enter' && text.trim() === asked && matches.length > 0) {
              event.preventDefault();
              open(active);
            }
          }}
        />
        <button type="submit" className="button primary">
          {t('search.run')}
        </button>
      </form>
      <LookupOutcome asked={asked} lookup={lookup} />
      <LookupMatches matches={matches} active={active} onPoint={setActive} onOpen={open} />
      {matches.length === 0 && (
        <p className={styles.foot}>
          <span>{t('lookup.accepts')}</span>
        </p>
      )}
    </section>
  );
}
