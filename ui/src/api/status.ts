// How the server is, and who sends to it.
import type { Refused, Sender, SenderTable, ServerStatus } from '../trace/senders.ts';
import { getJson } from './http.ts';
import { count, flag, list, numberOrNull, object, text, textOrNull } from './wire.ts';

export async function loadStatus(signal?: AbortSignal): Promise<ServerStatus> {
  return readStatus(await getJson('api/hopline/status', signal));
}

export async function loadSenders(signal?: AbortSignal): Promise<SenderTable> {
  const answer = object(await getJson('api/hopline/senders', signal));
  return {
    senders: list(answer['senders']).map(readSender),
    sendersMax: count(answer['sendersMax']),
    others: answer['others'] ? readSender(answer['others']) : null,
    othersRequests: count(answer['othersRequests']),
  };
}

function readStatus(body: unknown): ServerStatus {
  const answer = object(body);
  const store = object(answer['store']);
  const ingest = object(answer['ingest']);
  const keeps = object(answer['keeps']);
  return {
    version: text(answer['version']),
    startedMillis: count(answer['startedMs']),
    retentionMillis: numberOrNull(keeps['retentionMs']),
    diskBytesMax: numberOrNull(keeps['diskBytesMax']),
    store: {
      name: text(store['name']),
      spansWritten: count(store['spansWritten']),
      diskBytes: numberOrNull(store['diskBytes']),
      oldestMillis: numberOrNull(store['oldestMs']),
      buckets: count(store['buckets']),
      tailBytes: count(store['tailBytes']),
      unflushedBytes: count(store['unflushedBytes']),
      failures: count(store['failures']),
      bucketsDroppedEarly: count(store['bucketsDroppedEarly']),
      indexesMissing: count(store['indexesMissing']),
      indexesRebuilt: count(store['indexesRebuilt']),
      rebuildPercent: numberOrNull(store['rebuildPercent']),
      namesRefused: count(store['namesRefused']),
      termsRefused: count(store['termsRefused']),
      searchesPartial: count(store['searchesPartial']),
    },
    ingest: {
      memoryBytes: count(ingest['memoryBytes']),
      spansAccepted: count(ingest['spansAccepted']),
      spansRefused: count(ingest['spansRefused']),
      requestsRejected: count(ingest['requestsRejected']),
      textsRepaired: count(ingest['textsRepaired']),
    },
    panicsCaught: count(answer['panicsCaught']),
  };
}

function readSender(value: unknown): Sender {
  const sender = object(value);
  const refusal = sender['lastRefusal'] ? object(sender['lastRefusal']) : null;
  return {
    userAgent: textOrNull(sender['userAgent']),
    transport: textOrNull(sender['transport']),
    format: textOrNull(sender['format']),
    sdks: list(sender['sdks']).map((value) => {
      const sdk = object(value);
      return {
        language: textOrNull(sdk['language']),
        name: textOrNull(sdk['name']),
        version: textOrNull(sdk['version']),
      };
    }),
    services: list(sender['services']).filter((name): name is string => typeof name === 'string'),
    namesLeftOut: flag(sender['namesLeftOut']),
    requests: count(sender['requests']),
    bytes: count(sender['bytes']),
    spansAccepted: count(sender['spansAccepted']),
    spansUnsampled: count(sender['spansUnsampled']),
    requestsRefused: readRefused(sender['requestsRefused']),
    spansRefused: readRefused(sender['spansRefused']),
    firstMillis: count(sender['firstMs']),
    lastMillis: count(sender['lastMs']),
    lastAcceptedMillis: numberOrNull(sender['lastAcceptedMs']),
    lastRefusal: refusal && { atMillis: count(refusal['atMs']), text: text(refusal['text']) },
  };
}

function readRefused(value: unknown): Refused[] {
  return Object.entries(object(value)).map(([reason, times]) => ({ reason, count: count(times) }));
}
