/** The value below which this share of the values lies; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Of `a` to `b` pair by pair, which what else the machine does meets alike; the median and its quartiles. */
export function pairedRatio(
  a: readonly number[],
  b: readonly number[],
): { ratio: number; low: number; high: number } {
  const ratios = a.map((value, index) => value / b[index]!);
  return { ratio: median(ratios), low: quantile(ratios, 0.25), high: quantile(ratios, 0.75) };
}

/** Three digits that count. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return 'never';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}
