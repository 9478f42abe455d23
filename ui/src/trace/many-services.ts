// As many services as a test asks for, and who of them calls whom: layers, as systems grow, with a few
// services that everyone calls.

export function manyServices(count: number): {
  names: string[];
  calls: { caller: string; callee: string }[];
} {
  const names = Array.from({ length: count }, (_, index) => `service-${index}`);
  const calls = new Map<string, { caller: string; callee: string }>();
  const call = (from: number, to: number) => {
    const [caller, callee] = [names[from], names[to]];
    if (caller && callee && from !== to) calls.set(`${caller}>${callee}`, { caller, callee });
  };
  for (let index = 1; index < count; index++) {
    call(Math.floor((index - 1) / 3), index);
    if (index % 4 === 0) call(index, (index * 7) % count);
    if (index % 5 === 0) call(index, count - 1);
  }
  return { names, calls: [...calls.values()] };
}
