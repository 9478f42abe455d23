// Where an axis from zero ends: a round number at or above what it must show.

export function niceTop(most: number): number {
  if (!(most > 0) || !Number.isFinite(most)) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  const factor = [1, 2, 4, 5, 10].find((factor) => factor * power >= most * (1 - 1e-9)) ?? 10;
  return factor * power;
}
