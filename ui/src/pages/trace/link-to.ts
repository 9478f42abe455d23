// The address of this page with one hop's span opened, to send to a colleague.
import { type Trace, spanIdOf } from '../../trace/trace.ts';

export function linkTo(trace: Trace, hop: number | null): string {
  const address = new URL(location.href);
  const record = hop === null ? undefined : trace.hops.records[hop];
  const span = record && spanIdOf(record);
  if (span) address.searchParams.set('span', span);
  return address.href;
}
