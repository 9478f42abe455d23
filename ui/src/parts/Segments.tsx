// A switch of a few choices beside each other: the chosen one is black.
import type { ReactNode } from 'react';
import styles from './Segments.module.css';

interface SegmentsProps<Name extends string> {
  label: string;
  choices: readonly { name: Name; shown: ReactNode }[];
  chosen: Name;
  onChoose: (name: Name) => void;
}

export function Segments<Name extends string>(props: SegmentsProps<Name>) {
  const { label, choices, chosen, onChoose } = props;
  return (
    <div className={styles.segments} role="group" aria-label={label}>
      {choices.map(({ name, shown }) => (
        <button
          key={name}
          type="button"
          aria-pressed={name === chosen}
          onClick={() => onChoose(name)}
        >
          {shown}
        </button>
      ))}
    </div>
  );
}
