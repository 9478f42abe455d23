// The file that is looked at. It is in memory alone: a page that is loaded anew has none.
import { useSyncExternalStore } from 'react';
import { type FileContent, type ViewedFile, exceeded } from '../trace/viewed-file.ts';
import { ApiError } from './http.ts';
import { listFile, loadLimits, packFile } from './view.ts';

export type Viewed =
  | { stage: 'none' }
  | { stage: 'reading' | 'sending' | 'waiting'; name: string; part: number }
  | { stage: 'failed'; name: string; error: ApiError }
  | { stage: 'tooLarge'; name: string; size: number; limit: number; packed: boolean }
  | { stage: 'open'; file: ViewedFile; content: FileContent };

let viewed: Viewed = { stage: 'none' };
let key = 0;
let underWay = new AbortController();
const hearers = new Set<() => void>();

export function useViewed(): Viewed {
  return useSyncExternalStore(subscribe, () => viewed);
}

function subscribe(hear: () => void) {
  hearers.add(hear);
  return () => void hearers.delete(hear);
}

function become(next: Viewed) {
  viewed = next;
  for (const hear of hearers) hear();
}

export function closeFile(): void {
  underWay.abort();
  become({ stage: 'none' });
}

/** Takes the place of a file that is open or on its way. */
export async function openFile(chosen: Blob, name: string): Promise<void> {
  underWay.abort();
  const mine = new AbortController();
  underWay = mine;
  const tell = (next: Viewed) => {
    if (!mine.signal.aborted) become(next);
  };
  tell({ stage: 'reading', name, part: 0 });
  try {
    const limits = await loadLimits(mine.signal);
    const tooLarge = (size: number, packed: boolean) => {
      const limit = exceeded(size, packed, limits);
      if (limit !== null) tell({ stage: 'tooLarge', name, size, limit, packed });
      return limit !== null;
    };
    if (chosen.size > Math.max(limits.body, limits.inflated)) {
      tooLarge(chosen.size, false);
      return;
    }
    const { body, packing } = await packFile(chosen, (part) =>
      tell({ stage: 'reading', name, part }),
    );
    if (tooLarge(body.size, packing !== null || limits.body < limits.inflated)) return;
    const file: ViewedFile = { key: ++key, name, body, packing };
    tell({ stage: 'sending', name, part: 0 });
    const onSent = (part: number) => tell({ stage: part < 1 ? 'sending' : 'waiting', name, part });
    tell({ stage: 'open', file, content: await listFile(file, onSent, mine.signal) });
  } catch (error) {
    const known = error instanceof ApiError ? error : new ApiError('broken', String(error));
    tell({ stage: 'failed', name, error: known });
  }
}
