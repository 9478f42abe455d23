// Sending spans the way an application would: through the real doors.
import type { SampleTrace } from '../trace/sample-trace.ts';
import { postJson } from './http.ts';

/** One half goes in as Zipkin, the other as OTLP, so that both doors are seen to work. */
export async function sendSample(sample: SampleTrace): Promise<void> {
  await Promise.all([postJson('api/v2/spans', sample.zipkin), postJson('v1/traces', sample.otlp)]);
}
