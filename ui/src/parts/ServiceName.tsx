// A service's shape and name; names are never translated.
import { ServiceMark } from './ServiceMark.tsx';
import { useText } from './language.tsx';

export function ServiceName({ name }: { name: string | null }) {
  const { t } = useText();
  return (
    <>
      <ServiceMark name={name} />
      {name === null ? (
        <span>{t('common.unknown.service')}</span>
      ) : (
        <span lang="en" translate="no">
          {name}
        </span>
      )}
    </>
  );
}
