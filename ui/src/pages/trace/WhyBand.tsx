// Why the trace is slow, as the server found it: ranked, with what it cost, each leading to its spans.
import { type CSSProperties, useState } from 'react';
import { useText } from '../../parts/language.tsx';
import { PHONE, useMedia } from '../../parts/use-media.ts';
import { formatShare, formatSigned } from '../../trace/format.ts';
import { formatFactor } from '../../trace/peers.ts';
import type { Trace } from '../../trace/trace.ts';
import { type Finding, knownKind } from '../../trace/why.ts';
import styles from './WhyBand.module.css';

interface WhyBandProps {
  trace: Trace;
  findings: readonly Finding[];
  onReveal: (hop: number) => void;
  onOpen: (hop: number) => void;
}

/** Nothing at all where there is no answer or nothing was found. */
export function WhyBand({ trace, findings, onReveal, onOpen }: WhyBandProps) {
  const { t } = useText();
  const phone = useMedia(PHONE);
  const [all, setAll] = useState(false);
  if (findings.length === 0) return null;
  const room = phone ? 2 : 3;
  const shown = all ? findings : findings.slice(0, room);
  const show = (finding: Finding) => {
    const hop = finding.spanIds.map((id) => trace.hopBySpan.get(id)).find((at) => at !== undefined);
    if (hop === undefined) return;
    onReveal(hop);
    onOpen(hop);
  };
  return (
    <section className={styles.band} aria-label={t('why.title')}>
      <h2>{t('why.title')}</h2>
      <ol className={all ? styles.all : undefined}>
        {shown.map((finding, index) => (
          <Card key={index} place={index + 1} finding={finding} onShow={() => show(finding)} />
        ))}
      </ol>
      {findings.length > room && (
        <button type="button" className={`link ${styles.more}`} onClick={() => setAll(!all)}>
          {all ? t('why.less') : t('why.more', { count: findings.length - room })}
        </button>
      )}
    </section>
  );
}

interface CardProps {
  place: number;
  finding: Finding;
  onShow: () => void;
}

function Card({ place, finding, onShow }: CardProps) {
  const { t, language, duration, count } = useText();
  const kind = knownKind(finding.kind);
  const values = Object.fromEntries(
    Object.entries(finding.values).map(([key, value]) => {
      if (typeof value !== 'number') return [key, typeof value === 'string' ? value : ''];
      if (key === 'offsetNano') return [key, formatSigned(value, language)];
      if (key.endsWith('Nano')) return [key, duration(value)];
      return [key, key === 'slower' ? formatFactor(value, language) : count(value)];
    }),
  );
  const head = kind ? t(`why.${kind}`, values) : finding.text;
  const { excessNano, share } = finding;
  return (
    <li className={styles.card} style={{ '--share': Math.min(1, share ?? 0) } as CSSProperties}>
      <button type="button" title={head} onClick={onShow}>
        <span className={`num ${styles.place}`}>{place}</span>
        <b>{head}</b>
        <strong className="num">
          {excessNano === null ? '' : formatSigned(excessNano, language)}
        </strong>
        <small>{kind ? t(`why.${kind}.more`, values) : ''}</small>
        <small className={`num ${styles.part}`}>{share === null ? '' : formatShare(share)}</small>
      </button>
    </li>
  );
}
