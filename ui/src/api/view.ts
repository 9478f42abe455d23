// Files that the server tells of and does not keep: each question sends the file along.
import type { FileContent, FileLimits, ViewedFile } from '../trace/viewed-file.ts';
import { isPacked } from '../trace/viewed-file.ts';
import { ApiError, addressOf, errorOf, getJson } from './http.ts';
import { readSummary } from './search.ts';
import { count, flag, list, object, text, textOrNull } from './wire.ts';

export async function loadLimits(signal?: AbortSignal): Promise<FileLimits> {
  const answer = object(await getJson('api/hopline/view', signal));
  return { body: count(answer['bodyBytesMax']), inflated: count(answer['inflatedBytesMax']) };
}

/** What is in a file. `onSent` hears how much of it has left, from 0 to 1. */
export async function listFile(
  file: ViewedFile,
  onSent: (part: number) => void,
  signal: AbortSignal,
): Promise<FileContent> {
  const answer = object(await (await sendFile('', file, signal, onSent)).json());
  const refused = object(answer['refused']);
  return {
    format: text(answer['format']),
    spanCount: count(answer['spanCount']),
    traceCount: count(answer['traceCount']),
    traces: list(answer['traces']).map(readSummary),
    truncated: flag(answer['truncated']),
    refused: { count: count(refused['count']), first: textOrNull(refused['first']) },
  };
}

/** Asks about one trace of a file; `rest` is what stands behind its id. */
export function askFile(
  file: ViewedFile,
  id: string,
  rest: string,
  signal?: AbortSignal,
): Promise<Response> {
  return sendFile(`/${encodeURIComponent(id)}${rest}`, file, signal);
}

/** Bytes as they are sent: packed, if that is worth it. `onRead` hears how much was read, from 0 to 1. */
export async function packFile(
  file: Blob,
  onRead: (part: number) => void,
): Promise<{ body: Blob; packing: 'gzip' | null }> {
  const start = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  if (isPacked(start)) return { body: file, packing: 'gzip' };
  if (file.size < WORTH_PACKING || typeof CompressionStream === 'undefined')
    return { body: file, packing: null };
  let read = 0;
  const counted = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, out) {
      read += chunk.byteLength;
      onRead(read / file.size);
      out.enqueue(chunk);
    },
  });
  const packed = file.stream().pipeThrough(counted).pipeThrough(new CompressionStream('gzip'));
  return { body: await new Response(packed).blob(), packing: 'gzip' };
}

/** Not with fetch, which does not tell how much it has sent. */
function sendFile(
  path: string,
  file: ViewedFile,
  signal?: AbortSignal,
  onSent?: (part: number) => void,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', addressOf(`api/hopline/view${path}`));
    request.responseType = 'blob';
    request.timeout = TIMEOUT_MILLIS;
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    if (file.packing) request.setRequestHeader('Content-Encoding', file.packing);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onSent?.(event.loaded / event.total);
    };
    request.onerror = () => reject(new ApiError('offline', 'the file could not be sent'));
    request.ontimeout = () => reject(new ApiError('offline', 'no answer in time'));
    request.onabort = () => reject(new DOMException('not wanted any more', 'AbortError'));
    request.onload = () => {
      const headers = { 'Retry-After': request.getResponseHeader('Retry-After') ?? '' };
      const response = new Response(request.response as Blob, { status: request.status, headers });
      if (response.ok) resolve(response);
      else void errorOf(response).then(reject);
    };
    signal?.addEventListener('abort', () => request.abort());
    if (signal?.aborted) reject(new DOMException('not wanted any more', 'AbortError'));
    else request.send(file.body);
  });
}

/** Smaller files leave sooner than they are packed. */
const WORTH_PACKING = 256 * 1024;
const TIMEOUT_MILLIS = 120_000;
