// A field that suggests, after the ARIA combobox pattern. It never changes what is typed unless asked.
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import styles from './Combobox.module.css';

export interface Choice {
  id: string;
  group?: string;
  shown: ReactNode;
}

interface ComboboxProps {
  label: string;
  text: string;
  choices: readonly Choice[];
  placeholder: string;
  className?: string;
  pageField?: boolean;
  footer?: ReactNode;
  onText: (text: string) => void;
  onTake: (id: string) => void;
  /** Enter with nothing chosen from the list. */
  onEnter: () => void;
  onBackspaceAtStart?: () => void;
}

export function Combobox(props: ComboboxProps) {
  const { label, text, choices, placeholder, className = 'field', pageField, footer } = props;
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const base = useId();
  const list = useRef<HTMLDivElement>(null);
  const shown = open && choices.length > 0;
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  const close = () => {
    setOpen(false);
    setActive(-1);
  };
  const take = (choice: Choice | undefined) => {
    if (!choice) return;
    setActive(-1);
    props.onTake(choice.id);
  };
  const press = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setOpen(true);
      const step = event.key === 'ArrowDown' ? 1 : -1;
      const count = choices.length + 1;
      setActive(((active + 1 + step + count) % count) - 1);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (shown && active >= 0) take(choices[active]);
      else {
        props.onEnter();
        close();
      }
    } else if (event.key === 'Tab' && shown && active >= 0) {
      event.preventDefault();
      take(choices[active]);
    } else if (event.key === 'Escape' && open) {
      event.stopPropagation();
      close();
    } else if (event.key === 'Backspace' && text === '') {
      props.onBackspaceAtStart?.();
    }
  };
  return (
    <div
      className={styles.box}
      onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && close()}
    >
      <input
        className={className}
        role="combobox"
        aria-label={label}
        aria-expanded={shown}
        aria-controls={`${base}list`}
        aria-autocomplete="list"
        aria-activedescendant={shown && active >= 0 ? `${base}${active}` : undefined}
        autoComplete="off"
        spellCheck={false}
        enterKeyHint="search"
        data-page-field={pageField}
        placeholder={placeholder}
        value={text}
        onChange={(event) => {
          setOpen(true);
          setActive(-1);
          props.onText(event.target.value);
        }}
        onClick={() => setOpen(true)}
        onKeyDown={press}
      />
      <div
        id={`${base}list`}
        role="listbox"
        aria-label={label}
        ref={list}
        className={styles.list}
        hidden={!shown}
      >
        {shown &&
          choices.map((choice, index) => (
            <div key={choice.id} role="presentation">
              {choice.group && choice.group !== choices[index - 1]?.group && (
                <div className={styles.group} role="presentation">
                  {choice.group}
                </div>
              )}
              <div
                id={base + String(index)}
                role="option"
                className="menuRow"
                aria-selected={index === active}
                onPointerDown={(event) => event.preventDefault()}
                onClick={() => take(choice)}
              >
                {choice.shown}
              </div>
            </div>
          ))}
        {shown && footer}
      </div>
    </div>
  );
}
