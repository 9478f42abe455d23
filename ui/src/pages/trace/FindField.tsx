// Finding text in the trace: matches are counted, Enter goes from one to the next.
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import { rowOf } from '../../trace/rows.ts';
import styles from './TraceToolbar.module.css';
import type { TraceToolbarProps } from './TraceToolbar.tsx';

export function FindField(props: TraceToolbarProps) {
  const { view, found, searching, active, onView, onReveal } = props;
  const { t, count } = useText();
  const [text, setText] = useTyped(view.find, (find) => onView({ find }));
  const at = rowOf(found, active);
  const step = (by: number) => {
    if (found.length === 0) return;
    const next = found.findIndex((hop) => (by > 0 ? hop > active : hop >= active));
    const from = at >= 0 ? at + by : next < 0 ? 0 : by > 0 ? next : next - 1;
    onReveal(found[(from + found.length) % found.length]!);
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && !event.nativeEvent.isComposing) step(event.shiftKey ? -1 : 1);
    if (event.key === 'Escape') setText('');
  };
  const state =
    found.length === 0
      ? t('trace.find.none')
      : t('trace.find.count', { at: at >= 0 ? count(at + 1) : '–', count: found.length });
  return (
    <div className={styles.find} role="search" aria-label={t('trace.find')}>
      <Icon name="search" />
      <input
        aria-label={t('trace.find')}
        placeholder={t('trace.find')}
        data-page-field
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={press}
      />
      <span role="status" className={`num ${styles.state}`}>
        {view.find !== '' && (searching ? t('trace.find.searching') : state)}
      </span>
      {view.find === '' && <kbd aria-hidden="true">/</kbd>}
    </div>
  );
}

/**
 * What is typed, which the address follows after a while. Only what somebody else wrote there, such as Back, comes
 * into the field: an address that is late must not take away what was typed since.
 */
function useTyped(told: string, onText: (text: string) => void) {
  const [text, setText] = useState(told);
  const [before, setBefore] = useState(told);
  /** What was written and has not come back yet. */
  const [under, setUnder] = useState<readonly string[]>([]);
  if (told !== before) {
    setBefore(told);
    const ours = under.indexOf(told);
    setUnder(under.slice(ours + 1));
    if (ours < 0) setText(told);
  }
  const write = useRef(onText);
  useEffect(() => {
    write.current = onText;
  });
  const last = under.at(-1) ?? told;
  useEffect(() => {
    if (text === last) return;
    const timer = setTimeout(() => {
      setUnder((earlier) => [...earlier, text]);
      write.current(text);
    }, PAUSE_MILLIS);
    return () => clearTimeout(timer);
  }, [text, last]);
  return [text, setText] as const;
}

/** Shorter than between two letters of somebody who thinks, longer than of somebody who types. */
const PAUSE_MILLIS = 120;
