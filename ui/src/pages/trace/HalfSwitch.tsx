// Which half of the call is looked at: the span of the called or of the calling side.
import { useText } from '../../parts/language.tsx';
import type { HopRecord } from '../../trace/trace.ts';
import styles from './HalfSwitch.module.css';

interface HalfSwitchProps {
  record: HopRecord;
  chosen: 'callee' | 'caller';
  onChoose: (half: 'callee' | 'caller') => void;
}

export function HalfSwitch({ record, chosen, onChoose }: HalfSwitchProps) {
  const { t } = useText();
  return (
    <div className={styles.switch} role="group" aria-label={t('panel.half')}>
      {(['callee', 'caller'] as const).map((half) => (
        <button
          key={half}
          type="button"
          aria-pressed={half === chosen}
          onClick={() => onChoose(half)}
        >
          {t(`panel.half.${half}`, {
            service: record[half]?.service ?? t('common.unknown.service'),
          })}
        </button>
      ))}
    </div>
  );
}
