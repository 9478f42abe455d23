// How far a hop is from its usual: said only where it is remarkable.
import { useCallback } from 'react';
import { useText } from '../../parts/language.tsx';
import { type Peers, formatFactor, formatPercentile, isUnusual } from '../../trace/peers.ts';

/** As text, for canvases and for the names of rows. */
export function useUnusual(): (peers: Peers | null) => string | null {
  const { language } = useText();
  return useCallback(
    (peers) =>
      isUnusual(peers)
        ? `${formatPercentile(peers.percentile)} · ${formatFactor(peers.slower, language)}`
        : null,
    [language],
  );
}
