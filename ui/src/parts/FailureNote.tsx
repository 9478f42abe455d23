// What went wrong with a question to the server, in words, with the way to ask again.
import { Banner } from './Banner.tsx';
import { useText } from './language.tsx';

interface FailureNoteProps {
  failure: 'offline' | 'busy' | 'absent' | 'refused' | 'broken';
  detail: string;
  onRetry: () => void;
}

export function FailureNote({ failure, detail, onRetry }: FailureNoteProps) {
  const { t } = useText();
  const [lead, text] = {
    offline: [t('failure.offline.lead'), t('failure.offline.text')],
    busy: [t('failure.busy.lead'), t('failure.busy.text')],
    absent: [t('failure.refused.lead'), detail],
    refused: [t('failure.refused.lead'), detail],
    broken: [t('failure.broken.lead'), detail],
  }[failure];
  return (
    <Banner tone="error" lead={lead ?? ''} text={text}>
      <button type="button" className="button" onClick={onRetry}>
        {t('failure.again')}
      </button>
    </Banner>
  );
}
