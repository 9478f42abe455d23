// Live tail above the list: whether it looks, what has come, and the button that shows it.
import { useEffect, useRef, useState } from 'react';
import type { LiveTail } from '../../api/live.ts';
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import { LIVE_READ, LIVE_STEP, SHOWN_MAX } from '../../trace/live.ts';
import styles from './LiveBar.module.css';

/** Between two announcements, in milliseconds. */
const SAY_STEP = 10_000;

interface LiveBarProps {
  tail: LiveTail;
  waiting: number;
  paused: boolean;
  hidden: boolean;
  onPause: (paused: boolean) => void;
  onStop: () => void;
}

export function LiveBar({ tail, waiting, paused, hidden, onPause, onStop }: LiveBarProps) {
  const { t } = useText();
  const { live, failed } = tail;
  const state = paused ? 'paused' : hidden ? 'hidden' : failed ? 'failed' : 'looking';
  const said = useSaid(waiting > 0 ? t('live.waiting', { count: waiting }) : '');
  return (
    <div className={styles.bar} role="group" aria-label={t('live.label')}>
      <span className={styles.state} data-state={state}>
        <Icon name="live" />
        {t(`live.state.${state}`, { seconds: LIVE_STEP / 1000 })}
      </span>
      {waiting > 0 && (
        <button type="button" className="button primary" onClick={tail.show}>
          {t('live.show', { count: waiting })}
        </button>
      )}
      {live.sampled && (
        <span className={styles.note}>
          {t('live.sampled', { count: LIVE_READ, seconds: LIVE_STEP / 1000 })}
        </span>
      )}
      {live.passed > 0 && (
        <span className={styles.note}>{t('live.passed', { count: live.passed })}</span>
      )}
      {live.shown.length >= SHOWN_MAX && (
        <span className={styles.note}>{t('live.full', { count: SHOWN_MAX })}</span>
      )}
      <span className={styles.buttons}>
        <button
          type="button"
          className="button"
          aria-pressed={paused}
          onClick={() => onPause(!paused)}
        >
          <Icon name="pause" /> {t('live.pause')}
        </button>
        <button type="button" className="button" onClick={onStop}>
          {t('live.stop')}
        </button>
      </span>
      <span className="offscreen" role="status" aria-live="polite">
        {said}
      </span>
    </div>
  );
}

/** The text as it was at the last beat: who listens is not told every change. */
function useSaid(text: string): string {
  const latest = useRef(text);
  const [said, setSaid] = useState('');
  useEffect(() => {
    latest.current = text;
  }, [text]);
  useEffect(() => {
    const timer = setInterval(() => setSaid(latest.current), SAY_STEP);
    return () => clearInterval(timer);
  }, []);
  return said;
}
