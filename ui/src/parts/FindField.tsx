// A field that narrows what a page shows. What is typed stays here, and the address follows: an address is
// written too slowly to be what the field shows.
import { useState } from 'react';
import { Icon } from './Icon.tsx';
import styles from './FindField.module.css';

interface FindFieldProps {
  label: string;
  start: string;
  onText: (text: string) => void;
}

export function FindField({ label, start, onText }: FindFieldProps) {
  const [text, setText] = useState(start);
  return (
    <label className={styles.find}>
      <Icon name="search" />
      <span className="offscreen">{label}</span>
      <input
        className="field"
        type="search"
        data-page-field
        spellCheck={false}
        placeholder={label}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          onText(event.target.value);
        }}
      />
    </label>
  );
}
