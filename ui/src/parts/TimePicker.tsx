// The time range: presets, or from and to; and the zone that all times are told in.
import { useState } from 'react';
import { Icon } from './Icon.tsx';
import { Menu } from './Menu.tsx';
import { useText } from './language.tsx';
import { useNow } from './use-now.ts';
import { Segments } from './Segments.tsx';
import { ZONES, formatClock, formatDate, formatZone, zoneOffset } from '../trace/format.ts';
import { PRESETS, type TimeRange, presetOf, resolveRange } from '../trace/time-range.ts';
import styles from './TimePicker.module.css';

interface TimePickerProps {
  range: TimeRange;
  onChoose: (range: TimeRange) => void;
}

export function TimePicker({ range, onChoose }: TimePickerProps) {
  const { t, language, zone, chooseZone } = useText();
  const preset = presetOf(range);
  const now = useNow();
  const { from, to } = resolveRange(range, now);
  const day = formatDate(from, language, now);
  const clock = `${formatClock(from, 'minutes')} – ${formatClock(to, 'minutes')} ${formatZone(to)}`;
  return (
    <Menu
      label={
        <>
          <Icon name="clock" />
          {preset ? t(`time.${preset}`) : day}
          <span className={`num ${styles.clock}`}>{clock}</span>
        </>
      }
    >
      {(close) => (
        <div className={styles.sheet} role="group" aria-label={t('time.label')}>
          <div className={styles.presets}>
            {PRESETS.map((name) => (
              <button
                key={name}
                type="button"
                className="menuRow"
                aria-pressed={preset === name}
                onClick={() => {
                  onChoose({ from: `-${name}`, to: 'now' });
                  close();
                }}
              >
                {t(`time.${name}`)}
              </button>
            ))}
          </div>
          <AbsoluteRange
            key={zone}
            from={from}
            to={to}
            onChoose={(chosen) => {
              onChoose(chosen);
              close();
            }}
          />
          <div className={styles.zone}>
            <Segments
              label={t('time.zone')}
              choices={ZONES.map((name) => ({ name, shown: t(`time.zone.${name}`) }))}
              chosen={zone}
              onChoose={chooseZone}
            />
          </div>
        </div>
      )}
    </Menu>
  );
}

function AbsoluteRange(props: { from: number; to: number; onChoose: (range: TimeRange) => void }) {
  const { t } = useText();
  const [from, setFrom] = useState(toLocal(props.from));
  const [to, setTo] = useState(toLocal(props.to));
  const [start, end] = [fromLocal(from), fromLocal(to)];
  const whole = Number.isFinite(start) && Number.isFinite(end) && from < to;
  const field = (label: string, value: string, set: (value: string) => void) => (
    <label>
      {label}
      <input
        type="datetime-local"
        step="1"
        className="field"
        value={value}
        onChange={(event) => set(event.target.value)}
      />
    </label>
  );
  return (
    <div className={styles.absolute}>
      {field(t('time.from'), from, setFrom)}
      {field(t('time.to'), to, setTo)}
      <button
        type="button"
        className="button"
        disabled={!whole}
        onClick={() => props.onChoose({ from: String(start), to: String(end) })}
      >
        {t('time.apply')} ({formatZone(props.to)})
      </button>
    </div>
  );
}

/** The form that a datetime-local field takes, in the chosen zone. */
function toLocal(millis: number): string {
  return new Date(millis - zoneOffset(millis)).toISOString().slice(0, 19);
}

function fromLocal(text: string): number {
  const asUtc = Date.parse(`${text}Z`);
  // Where a clock is put forward or back, the offset of the moment itself counts.
  return asUtc + zoneOffset(asUtc + zoneOffset(asUtc));
}
