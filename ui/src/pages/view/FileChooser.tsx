// How a file comes in: chosen, dropped or pasted. What was pasted stays when it was refused.
import { type KeyboardEvent, useState } from 'react';
import { useNavigate } from 'react-router';
import type { Viewed } from '../../api/viewed.ts';
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import { useTitle } from '../../parts/use-title.ts';
import { FileOnWay } from './FileOnWay.tsx';
import { FileState } from './FileState.tsx';
import { useTake } from './use-take.ts';
import styles from './ViewPage.module.css';

export function FileChooser({ viewed, asked }: { viewed: Viewed; asked: string | null }) {
  const { t } = useText();
  const navigate = useNavigate();
  const take = useTake();
  const [text, setText] = useState('');
  useTitle(t('view.title'));
  const show = () => {
    if (text.trim() !== '') take([new File([text], t('view.pasted'))]);
  };
  const press = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    show();
  };
  return (
    <div className={styles.page}>
      <header>
        <h1>{t('view.title')}</h1>
        <p>{t('view.text')}</p>
      </header>
      <FileState viewed={viewed} asked={asked} />
      <div className={styles.drop}>
        <label className={styles.zone}>
          <input
            type="file"
            className="offscreen"
            multiple
            accept=".json,.jsonl,.ndjson,.txt,.log,.gz,application/json"
            data-page-field
            onChange={(event) => {
              take([...(event.target.files ?? [])]);
              // The same file may be chosen again after it was changed.
              event.target.value = '';
            }}
          />
          <Icon name="upload" />
          <b>{t('view.drop')}</b>
          <span className="button primary">{t('view.choose')}</span>
          <small>{t('view.accepts')}</small>
        </label>
        <FileOnWay viewed={viewed} onCancel={() => void navigate('/view')} />
      </div>
      <form
        className={styles.paste}
        onSubmit={(event) => {
          event.preventDefault();
          show();
        }}
      >
        <label htmlFor="pasted">{t('view.paste')}</label>
        <textarea
          id="pasted"
          className="field mono"
          rows={6}
          spellCheck={false}
          placeholder='[{"traceId": "…"}]'
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={press}
        />
        <button type="submit" className="button" disabled={text.trim() === ''}>
          {t('view.paste.show')}
        </button>
      </form>
    </div>
  );
}
