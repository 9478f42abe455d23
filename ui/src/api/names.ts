// The names the store knows: services and their operations.
import { getJson } from './http.ts';
import { list } from './wire.ts';

export async function loadServices(signal?: AbortSignal): Promise<string[]> {
  return names(await getJson('api/v2/services', signal));
}

export async function loadOperations(service: string, signal?: AbortSignal): Promise<string[]> {
  return names(
    await getJson(`api/v2/spans?${new URLSearchParams({ serviceName: service })}`, signal),
  );
}

function names(body: unknown): string[] {
  return list(body).filter((name): name is string => typeof name === 'string');
}
