// Tabs after the ARIA pattern: arrows move, the panel is named by its tab.
import { type KeyboardEvent, useId } from 'react';
import styles from './Tabs.module.css';

interface TabsProps<Name extends string> {
  label: string;
  tabs: readonly { name: Name; label: string; count?: number | undefined }[];
  chosen: Name;
  onChoose: (name: Name) => void;
  /** The id of the panel that the tabs control. */
  panel: string;
}

export function Tabs<Name extends string>({
  label,
  tabs,
  chosen,
  onChoose,
  panel,
}: TabsProps<Name>) {
  const base = useId();
  const move = (event: KeyboardEvent) => {
    const at = tabs.findIndex((tab) => tab.name === chosen);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const next = step && tabs[(at + step + tabs.length) % tabs.length];
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    onChoose(next.name);
    document.getElementById(base + next.name)?.focus();
  };
  return (
    <div className={styles.tabs} role="tablist" aria-label={label} onKeyDown={move}>
      {tabs.map((tab) => (
        <button
          key={tab.name}
          id={base + tab.name}
          type="button"
          role="tab"
          className={styles.tab}
          aria-selected={tab.name === chosen}
          aria-controls={panel}
          tabIndex={tab.name === chosen ? 0 : -1}
          onClick={() => onChoose(tab.name)}
        >
          {tab.label}
          {tab.count !== undefined && <span className={styles.count}>{tab.count}</span>}
        </button>
      ))}
    </div>
  );
}
