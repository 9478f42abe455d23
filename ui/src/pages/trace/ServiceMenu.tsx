// Which services' hops are shown.
import { Menu } from '../../parts/Menu.tsx';
import { ServiceName } from '../../parts/ServiceName.tsx';
import { useText } from '../../parts/language.tsx';
import styles from './TraceToolbar.module.css';
import type { TraceToolbarProps } from './TraceToolbar.tsx';

export function ServiceMenu({ trace, view, onView }: TraceToolbarProps) {
  const { t, count } = useText();
  const toggle = (name: string) =>
    onView({
      services: view.services.includes(name)
        ? view.services.filter((other) => other !== name)
        : [...view.services, name],
    });
  return (
    <Menu
      label={
        <>
          {t('trace.filter.services')}
          {view.services.length > 0 && <b className="num">{view.services.length}</b>}
        </>
      }
    >
      {() => (
        <div role="group" aria-label={t('trace.filter.services')}>
          <button
            type="button"
            className="menuRow"
            aria-pressed={view.services.length === 0}
            onClick={() => onView({ services: [] })}
          >
            {t('trace.filter.all')}
          </button>
          {trace.services.map((service) => (
            <button
              key={service.name}
              type="button"
              className="menuRow"
              aria-pressed={view.services.includes(service.name)}
              onClick={() => toggle(service.name)}
            >
              <ServiceName name={service.name} />
              <span className={`num ${styles.count}`}>{count(service.spanCount)}</span>
            </button>
          ))}
        </div>
      )}
    </Menu>
  );
}
