// What an empty store shows: how to send the first span, and a sample to look at. It goes away by itself.
import { useEffect, useState } from 'react';
import { useNavigate } from 'react-router';
import { addressOf } from '../../api/http.ts';
import { useSendSample } from '../../api/hooks.ts';
import { Icon } from '../../parts/Icon.tsx';
import { Tabs } from '../../parts/Tabs.tsx';
import { useText } from '../../parts/language.tsx';
import { useCopy } from '../../parts/use-copy.ts';
import { formatAxis } from '../../trace/format.ts';
import styles from './FirstRun.module.css';
import { snippets } from './snippets.ts';

export function FirstRun() {
  const { t } = useText();
  return (
    <div className={styles.scroll}>
      <div className={styles.page}>
        <header className={styles.head}>
          <svg
            viewBox="0 0 88 44"
            width="88"
            height="44"
            aria-hidden="true"
            className={styles.drawing}
          >
            <path d="M8 36C8 2 44 2 44 36M44 36C44 2 80 2 80 36" />
            <circle cx="8" cy="36" r="6" className={styles.first} />
            <circle cx="44" cy="36" r="6" />
            <circle cx="80" cy="36" r="6" />
          </svg>
          <div>
            <h2>{t('first.lead')}</h2>
            <p>{t('first.text')}</p>
          </div>
          <Listening />
        </header>
        <Snippets />
        <div className={styles.cards}>
          <Doors />
          <Sample />
        </div>
      </div>
    </div>
  );
}

function Listening() {
  const { t, duration } = useText();
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((before) => before + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <p className={`num ${styles.listening}`}>
      <i />{' '}
      {t('first.listening', {
        duration: seconds < 60 ? formatAxis(Math.max(1, seconds) * 1e9) : duration(seconds * 1e9),
      })}
    </p>
  );
}

function Snippets() {
  const { t } = useText();
  const copy = useCopy();
  const all = snippets(addressOf('').replace(/\/$/, ''));
  const [name, setName] = useState(all[0]?.name ?? 'curl');
  const code = all.find((snippet) => snippet.name === name)?.code ?? '';
  return (
    <section className={styles.card} aria-label={t('first.languages')}>
      <div className={styles.tabs}>
        <Tabs
          label={t('first.languages')}
          tabs={all.map((snippet) => ({ name: snippet.name, label: snippet.name }))}
          chosen={name}
          onChoose={setName}
          panel="snippet"
        />
        <button type="button" className="button" onClick={() => copy(code)}>
          <Icon name="copy" /> {t('common.copy')}
        </button>
      </div>
      <pre
        id="snippet"
        role="tabpanel"
        aria-label={name}
        className={styles.code}
        tabIndex={0}
        translate="no"
      >
        {code}
      </pre>
      <p className={styles.foot}>{t(name === 'curl' ? 'first.answer' : 'first.answer.sdk')}</p>
    </section>
  );
}

function Doors() {
  const { t } = useText();
  const host = new URL(addressOf('')).host;
  const base = new URL(addressOf('')).pathname;
  return (
    <section className={`${styles.card} ${styles.padded}`}>
      <h3>{t('first.doors')}</h3>
      <dl>
        <dt>{t('first.door.zipkin')}</dt>
        <dd className="mono">
          {host}
          {base}api/v2/spans
        </dd>
        <dt>{t('first.door.otlp')}</dt>
        <dd className="mono">
          {host}
          {base}v1/traces
        </dd>
      </dl>
      <p>{t('first.hint.address')}</p>
      <p>{t('first.hint.sampling')}</p>
    </section>
  );
}

function Sample() {
  const { t } = useText();
  const navigate = useNavigate();
  const sample = useSendSample();
  const load = () =>
    sample.mutate(undefined, { onSuccess: (id) => void navigate(`/traces/${id}`) });
  return (
    <section className={`${styles.card} ${styles.padded}`}>
      <h3>{t('first.sample.lead')}</h3>
      <p>{t('first.sample.text')}</p>
      <button type="button" className="button primary" disabled={sample.isPending} onClick={load}>
        {t(sample.isPending ? 'first.sample.sending' : 'first.sample.load')}
      </button>
      {sample.error && (
        <p className={styles.failed} role="alert">
          {t('first.sample.failed', { reason: sample.error.message })}
        </p>
      )}
    </section>
  );
}
