// Saved searches: the one that is asked now under a name, and those that were kept, to open, rename and delete.
import { useState } from 'react';
import { Link, useLocation } from 'react-router';
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import { useToast } from '../../parts/toast.tsx';
import { NAME_MAX, deleteSearch, renameSearch, saveSearch } from '../../trace/saved-searches.ts';
import styles from './SavedSearches.module.css';
import { useSavedSearches } from './use-saved-searches.ts';

export function SavedSearches({ proposed }: { proposed: string }) {
  const { t } = useText();
  const say = useToast();
  const [list, change] = useSavedSearches();
  const [saving, setSaving] = useState(false);
  const [renamed, setRenamed] = useState<string | null>(null);
  const address = useLocation().search.replace(/^\?/, '');
  return (
    <>
      <ul className={styles.list}>
        {list.map((search) =>
          search.name === renamed ? (
            <li key={search.name}>
              <NameForm
                label={t('saved.name')}
                first={search.name}
                onCancel={() => setRenamed(null)}
                onName={(name) => {
                  change((before) => renameSearch(before, search.name, name));
                  setRenamed(null);
                }}
              />
            </li>
          ) : (
            <li key={search.name} className={styles.saved}>
              <Icon name="star" />
              <Link
                to={`/?${search.address}`}
                aria-current={search.address === address ? 'page' : undefined}
              >
                {search.name}
              </Link>
              <button
                type="button"
                className="quiet"
                aria-label={t('saved.rename', { name: search.name })}
                onClick={() => setRenamed(search.name)}
              >
                <Icon name="pen" />
              </button>
              <button
                type="button"
                className="quiet"
                aria-label={t('saved.delete', { name: search.name })}
                onClick={() => {
                  change((before) => deleteSearch(before, search.name));
                  say(t('saved.deleted', { name: search.name }));
                }}
              >
                <Icon name="close" />
              </button>
            </li>
          ),
        )}
      </ul>
      {saving ? (
        <NameForm
          label={t('saved.name')}
          first={proposed}
          onCancel={() => setSaving(false)}
          onName={(name) => {
            change((before) => saveSearch(before, { name, address }));
            setSaving(false);
            say(t('saved.done', { name }));
          }}
        />
      ) : (
        <button type="button" className="link" onClick={() => setSaving(true)}>
          {t('saved.save')}
        </button>
      )}
    </>
  );
}

interface NameFormProps {
  label: string;
  first: string;
  onName: (name: string) => void;
  onCancel: () => void;
}

function NameForm({ label, first, onName, onCancel }: NameFormProps) {
  const { t } = useText();
  const [name, setName] = useState(first);
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim()) onName(name.trim());
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        onCancel();
      }}
    >
      <input
        className="field"
        aria-label={label}
        value={name}
        maxLength={NAME_MAX}
        // It opens because its name is to be typed.
        ref={focusAll}
        onChange={(event) => setName(event.target.value)}
      />
      <button type="submit" className="button" disabled={!name.trim()}>
        {t('saved.keep')}
      </button>
    </form>
  );
}

function focusAll(field: HTMLInputElement | null): void {
  field?.select();
}
