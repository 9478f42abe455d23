// Two traces, or two groups of them?
import { Segments } from '../../parts/Segments.tsx';
import { useText } from '../../parts/language.tsx';

interface KindSwitchProps {
  kind: 'traces' | 'groups';
  onChoose: (kind: 'traces' | 'groups') => void;
}

export function KindSwitch({ kind, onChoose }: KindSwitchProps) {
  const { t } = useText();
  return (
    <Segments
      label={t('compare.of')}
      chosen={kind}
      onChoose={onChoose}
      choices={(['traces', 'groups'] as const).map((name) => ({
        name,
        shown: t(`compare.of.${name}`),
      }))}
    />
  );
}
