// Finding text in the trace: matches are counted, Enter goes from one to the next.
import { type KeyboardEvent, useEffect, useState } from 'react';
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import { rowOf } from '../../trace/rows.ts';
import styles from './TraceToolbar.module.css';
import type { TraceToolbarProps } from './TraceToolbar.tsx';

export function FindField({ view, found, active, onView, onReveal }: TraceToolbarProps) {
  const { t, count } = useText();
  const [text, setText] = useState(view.find);
  useEffect(() => {
    const timer = setTimeout(() => text !== view.find && onView({ find: text }), 120);
    return () => clearTimeout(timer);
  }, [text, view.find, onView]);
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
        {view.find !== '' && state}
      </span>
      {view.find === '' && <kbd aria-hidden="true">/</kbd>}
    </div>
  );
}
