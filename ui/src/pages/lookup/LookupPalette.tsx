// The lookup palette: paste any id or log line, choose a match, open it.
import { type KeyboardEvent, useDeferredValue, useState } from 'react';
import { useNavigate } from 'react-router';
import { addressOf } from '../../api/http.ts';
import { useLookup } from '../../api/hooks.ts';
import { Dialog } from '../../parts/Dialog.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import { useCopy } from '../../parts/use-copy.ts';
import styles from './LookupPalette.module.css';
import { LookupMatches } from './LookupMatches.tsx';
import { LookupOutcome } from './LookupOutcome.tsx';
import { addressOfMatch } from './match-address.ts';
import { useSettled } from './use-settled.ts';

export function LookupPalette({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  const navigate = useNavigate();
  const copy = useCopy();
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const asked = useSettled(useDeferredValue(text.trim()), 80);
  const lookup = useLookup(asked);
  const matches = asked === '' || lookup.error ? [] : (lookup.data?.matches ?? []);
  const open = (index: number) => {
    const match = matches[index];
    if (!match) return;
    void navigate(addressOfMatch(match));
    onClose();
  };
  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && matches.length > 0) {
      event.preventDefault();
      setActive((active + step + matches.length) % matches.length);
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      open(active);
    }
  };
  return (
    <Dialog label={t('lookup.title')} wide onClose={onClose}>
      <div className={styles.field}>
        <Icon name="search" />
        <textarea
          autoFocus
          className={`${styles.text} ${text.length > 40 ? 'mono' : ''}`}
          aria-label={t('lookup.field')}
          aria-controls="lookup-matches"
          aria-activedescendant={matches.length > 0 ? `match-${active}` : undefined}
          rows={Math.min(6, Math.max(1, Math.ceil(text.length / 84), text.split('\n').length))}
          placeholder={t('frame.lookup')}
          spellCheck={false}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setActive(0);
          }}
          onKeyDown={press}
        />
        <button type="button" className={styles.escape} onClick={onClose}>
          <kbd>Esc</kbd>
          <span className="offscreen">{t('common.close')}</span>
        </button>
      </div>
      <LookupOutcome asked={asked} lookup={lookup} />
      <LookupMatches matches={matches} active={active} onPoint={setActive} onOpen={open} />
      {matches.length > 0 && (
        <button
          type="button"
          className={`menuRow ${styles.repeat}`}
          onClick={() =>
            copy(addressOf(`lookup?${new URLSearchParams({ q: asked })}`), 'trace.link.copied')
          }
        >
          <Icon name="link" /> {t('lookup.link')}
        </button>
      )}
      <p className={styles.foot}>
        <span>
          <kbd>↑</kbd> <kbd>↓</kbd> {t('lookup.choose')} <kbd>↵</kbd> {t('lookup.open')}
        </span>
        <span>{t('lookup.accepts')}</span>
      </p>
    </Dialog>
  );
}
