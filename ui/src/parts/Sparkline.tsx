// A small line on its own scale, from zero. What it says is said in words beside it.

interface SparklineProps {
  values: readonly (number | null)[];
  tone?: 'plain' | 'error' | 'warn';
}

export function Sparkline({ values, tone = 'plain' }: SparklineProps) {
  return (
    <svg
      className={`spark ${tone}`}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <path d={linePath(values)} />
    </svg>
  );
}

/** Absent values break the line; a single one is a dash wide enough to be seen. */
function linePath(values: readonly (number | null)[]): string {
  const most = values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
  const step = WIDTH / Math.max(1, values.length - 1);
  let path = '';
  values.forEach((value, index) => {
    if (value === null) return;
    const x = (index * step).toFixed(1);
    const y = (HEIGHT - 1.5 - (most > 0 ? value / most : 0) * (HEIGHT - 3)).toFixed(1);
    const first = index === 0 || values[index - 1] == null;
    const last = values[index + 1] == null;
    path += first && last ? `M${x} ${y}h2` : `${first ? 'M' : 'L'}${x} ${y}`;
  });
  return path;
}

const WIDTH = 120;
const HEIGHT = 20;
