// How many spans failed: beside the name where there is room, else beside the duration.
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import type { Trace } from '../../trace/trace.ts';

export function ErrorBadge({ trace, place }: { trace: Trace; place: string | undefined }) {
  const { t } = useText();
  if (trace.errorCount === 0) return null;
  return (
    <span className={`badge error ${place}`}>
      <Icon name="warning" /> {t('trace.errors', { count: trace.errorCount })}
    </span>
  );
}
