// Copies text and says so.
import { useCallback } from 'react';
import type { MessageKey } from '../app/messages/en.ts';
import { copyText } from './copy-text.ts';
import { useText } from './language.tsx';
import { useToast } from './toast.tsx';

export function useCopy(): (text: string, said?: MessageKey) => void {
  const { t } = useText();
  const say = useToast();
  return useCallback(
    (text, said = 'trace.copied') => {
      void copyText(text).then((copied) => say(t(copied ? said : 'trace.copy.failed')));
    },
    [say, t],
  );
}
