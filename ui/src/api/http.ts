// Requests to the server that served this page: base path, time limit, cancelling, and one kind of error.

export type Failure = 'offline' | 'busy' | 'absent' | 'refused' | 'broken';

export class ApiError extends Error {
  constructor(
    readonly failure: Failure,
    message: string,
    readonly hint: string | null = null,
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

export async function getJson(path: string, signal?: AbortSignal): Promise<unknown> {
  return read(await request(path, { headers: { Accept: 'application/json' } }, signal), signal);
}

export async function postForJson(
  path: string,
  body: unknown,
  signal?: AbortSignal,
): Promise<unknown> {
  return read(await request(path, posted(body), signal), signal);
}

export async function postJson(path: string, body: unknown): Promise<void> {
  await request(path, posted(body));
}

function posted(body: unknown): RequestInit {
  return {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  };
}

async function read(response: Response, signal?: AbortSignal): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError('broken', 'the answer was cut off or is not JSON');
  }
}

/** The answer as it came. */
export async function getText(path: string, signal?: AbortSignal): Promise<string> {
  const response = await request(path, { headers: { Accept: 'application/json' } }, signal);
  return response.text();
}

/** The absolute address of a path of the server, wherever the window is mounted. */
export function addressOf(path: string): string {
  return new URL(path, document.baseURI).href;
}

async function request(path: string, init: RequestInit, signal?: AbortSignal): Promise<Response> {
  const timeout = AbortSignal.timeout(TIMEOUT_MILLIS);
  let response: Response;
  try {
    response = await fetch(addressOf(path), {
      ...init,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError('offline', timeout.aborted ? 'no answer in time' : String(error));
  }
  if (!response.ok) throw await errorOf(response);
  return response;
}

export async function errorOf(response: Response): Promise<ApiError> {
  const { error, hint } = await response
    .json()
    .then(
      (body: unknown) =>
        (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>,
    )
    .catch((): Record<string, unknown> => ({}));
  const message = typeof error === 'string' ? error : `HTTP ${response.status}`;
  const retryAfter = Number(response.headers.get('Retry-After') ?? '');
  return new ApiError(
    failureOf(response.status),
    message,
    typeof hint === 'string' ? hint : null,
    retryAfter > 0 ? retryAfter : null,
  );
}

function failureOf(status: number): Failure {
  if (status === 404) return 'absent';
  if (status === 429 || status === 503) return 'busy';
  if (status === 502 || status === 504) return 'offline';
  return status < 500 ? 'refused' : 'broken';
}

const TIMEOUT_MILLIS = 60_000;
