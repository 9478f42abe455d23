// The whole trace as text, in each format that programs read: to look at, to copy, to take away.
import { type KeyboardEvent, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { ApiError } from '../../api/http.ts';
import { useRaw } from '../../api/hooks.ts';
import { rawAddress } from '../../api/raw.ts';
import { FailureNote } from '../../parts/FailureNote.tsx';
import { FindField } from '../../parts/FindField.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { Segments } from '../../parts/Segments.tsx';
import { useText } from '../../parts/language.tsx';
import { saveText } from '../../parts/save-text.ts';
import { useCopy } from '../../parts/use-copy.ts';
import { MOST_PLACES, placesOf } from '../../trace/find-text.ts';
import { RAW_FORMATS, RAW_NAMES, type RawFormat, WINDOW, layOut } from '../../trace/raw.ts';
import { savedName } from '../../trace/viewed-file.ts';
import { useOpenFile } from './file-context.ts';
import type { OtherViewProps } from './OtherViews.tsx';
import styles from './OtherViews.module.css';

export function RawTrace({ trace }: OtherViewProps) {
  const { t, count } = useText();
  const copy = useCopy();
  const [format, setFormat] = useState<RawFormat>('zipkin');
  const [windows, setWindows] = useState(1);
  const file = useOpenFile()?.file ?? null;
  const raw = useRaw(trace.id, format, file);
  const answer = useDeferredValue(raw.data);
  const text = useMemo(() => (answer === undefined ? null : layOut(answer)), [answer]);
  const [sought, setSought] = useState('');
  const [match, setMatch] = useState(0);
  const needle = useDeferredValue(sought.trim());
  const places = useMemo(() => placesOf(text ?? '', needle), [text, needle]);
  const place = places[match] ?? null;
  // A match far behind is shown with its surroundings, not with all that is before it.
  const from = place !== null && place >= windows * WINDOW ? place - WINDOW / 2 : 0;
  const shown = text?.slice(from, from + windows * WINDOW) ?? '';
  const mark = useRef<HTMLElement>(null);
  useEffect(() => mark.current?.scrollIntoView({ block: 'center' }), [place, shown]);
  const step = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.nativeEvent.isComposing || places.length === 0) return;
    setMatch((match + (event.shiftKey ? -1 : 1) + places.length) % places.length);
  };
  return (
    <>
      <div className={styles.bar}>
        <Segments
          label={t('raw.format')}
          choices={RAW_FORMATS.map((name) => ({ name, shown: RAW_NAMES[name] }))}
          chosen={format}
          onChoose={(name) => {
            setFormat(name);
            setWindows(1);
            setMatch(0);
          }}
        />
        <div className={styles.search} onKeyDown={step}>
          <FindField
            label={t('raw.find')}
            start=""
            onText={(next) => {
              setSought(next);
              setMatch(0);
            }}
          />
          <span role="status" className={`num ${styles.note}`}>
            {needle !== '' &&
              text !== null &&
              (places.length === 0
                ? t('trace.find.none')
                : t('trace.find.count', { at: count(match + 1), count: places.length }) +
                  (places.length === MOST_PLACES ? '+' : ''))}
          </span>
        </div>
        <button
          type="button"
          className="button"
          disabled={raw.data === undefined}
          onClick={() => copy(raw.data ?? '')}
        >
          <Icon name="copy" /> {t('common.copy')}
        </button>
        {file ? (
          <button
            type="button"
            className="button"
            disabled={raw.data === undefined}
            onClick={() => saveText(raw.data ?? '', savedName(file.name, format))}
          >
            <Icon name="download" /> {t('raw.download', { format: RAW_NAMES[format] })}
          </button>
        ) : (
          <a
            className="button"
            href={rawAddress(trace.id, format)}
            download={`${trace.id}.${format}.json`}
          >
            <Icon name="download" /> {t('raw.download', { format: RAW_NAMES[format] })}
          </a>
        )}
        {text !== null && (
          <span className={`num ${styles.note}`}>
            {t('raw.shown', { shown: count(shown.length), all: count(text.length) })}
          </span>
        )}
      </div>
      {raw.error && (
        <FailureNote
          failure={raw.error instanceof ApiError ? raw.error.failure : 'broken'}
          detail={raw.error.message}
          onRetry={() => void raw.refetch()}
        />
      )}
      {text === null && !raw.error && (
        <p role="status" className={styles.note}>
          {t('raw.loading')}
        </p>
      )}
      <pre
        className={styles.raw}
        tabIndex={0}
        role="region"
        aria-label={RAW_NAMES[format]}
        translate="no"
      >
        {place === null ? (
          shown
        ) : (
          <>
            {shown.slice(0, place - from)}
            <mark ref={mark}>{shown.slice(place - from, place - from + needle.length)}</mark>
            {shown.slice(place - from + needle.length)}
          </>
        )}
      </pre>
      {text !== null && text.length > from + shown.length && (
        <button type="button" className="button" onClick={() => setWindows(windows + 1)}>
          {t('raw.more')}
        </button>
      )}
    </>
  );
}
