// What changed against the window before, in words.
import { type Measured, changeOf } from '../trace/load.ts';
import { useText } from './language.tsx';

export function ChangeBadge({ load }: { load: Measured }) {
  const { t } = useText();
  const change = changeOf(load);
  if (change === null) return null;
  const tone = { failing: 'error', slower: 'warn', few: '', new: '' }[change];
  return (
    <span className={`badge ${tone}`}>{t(`load.change.${change}`, { count: load.requests })}</span>
  );
}
