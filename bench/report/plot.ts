/* Line and bar charts as SVG: no scripts, no fonts of their own, legible on light and dark pages. */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { short } from './statistics.ts';

export interface Series {
  name: string;
  points: readonly (readonly [x: number, y: number])[];
}

export interface Axis {
  /** With its unit. */
  title: string;
  scale?: 'linear' | 'log';
}

const WIDTH = 720;
const HEIGHT = 400;
const LEFT = 72;
const RIGHT = 36;
const TOP = 64;
const BOTTOM = 56;
/** A grey that stands out from white and from black, and colours that differ for the colour-blind too. */
const INK = '#7d8590';
const COLOURS = ['#3b82f6', '#e8710a', '#12a37f', '#c2479e'];

/** Writes `bench/plots/<name>.svg`; where it is. */
export async function writePlot(name: string, svg: string): Promise<string> {
  const directory = fileURLToPath(new URL('../plots', import.meta.url));
  await mkdir(directory, { recursive: true });
  await writeFile(`${directory}/${name}.svg`, svg);
  return `bench/plots/${name}.svg`;
}

/** Points joined by lines, one colour a series. */
export function lineChart(chart: { title: string; x: Axis; y: Axis; series: readonly Series[] }): string {
  const finite = chart.series.map(({ name, points }) => ({
    name,
    points: points.filter((point) => point.every(Number.isFinite)),
  }));
  const all = finite.flatMap(({ points }) => points);
  const x = scaleOf(
    chart.x,
    all.map(([value]) => value),
    [LEFT, WIDTH - RIGHT],
  );
  const y = scaleOf(
    chart.y,
    all.map(([, value]) => value),
    [HEIGHT - BOTTOM, TOP],
  );
  const lines = finite.map(({ points }, index) => {
    const at = points.map((point) => `${x.place(point[0]).toFixed(1)},${y.place(point[1]).toFixed(1)}`);
    const dots =
      points.length > 40
        ? ''
        : at.map((place) => `<circle cx="${place.replace(',', '" cy="')}" r="3.5"/>`).join('');
    const colour = colourOf(index);
    return `<g fill="${colour}"><polyline points="${at.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>${dots}</g>`;
  });
  return frame(chart, [gridOf(x, y, chart), ...lines, legendOf(finite.map(({ name }) => name))]);
}

/** One bar for each value, its figure above it. */
export function barChart(chart: {
  title: string;
  y: Axis;
  bars: readonly { name: string; value: number }[];
}): string {
  const y = scaleOf(
    chart.y,
    chart.bars.map(({ value }) => value),
    [HEIGHT - BOTTOM, TOP],
  );
  const step = (WIDTH - LEFT - RIGHT) / chart.bars.length;
  const bars = chart.bars.map(({ name, value }, index) => {
    const middle = LEFT + step * (index + 0.5);
    const top = y.place(value);
    const width = Math.min(90, step * 0.6);
    return (
      `<rect x="${(middle - width / 2).toFixed(1)}" y="${top.toFixed(1)}" width="${width.toFixed(1)}" height="${(HEIGHT - BOTTOM - top).toFixed(1)}" fill="${colourOf(index)}"/>` +
      text(middle, top - 6, short(value), 'middle') +
      text(middle, HEIGHT - BOTTOM + 18, name, 'middle')
    );
  });
  return frame({ title: chart.title, x: { title: '' }, y: chart.y }, [gridOf(undefined, y, chart), ...bars]);
}

interface Scale {
  place(value: number): number;
  ticks: number[];
}

function scaleOf({ scale = 'linear' }: Axis, values: readonly number[], [from, to]: [number, number]): Scale {
  if (scale === 'log') {
    const positive = values.filter((value) => value > 0);
    const low = Math.floor(Math.log10(Math.min(...positive, 1e9)));
    const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...positive, 1e-9))));
    const ticks = Array.from({ length: high - low + 1 }, (_, n) => 10 ** (low + n));
    const place = (value: number): number =>
      from + ((Math.log10(Math.max(value, 10 ** low)) - low) / (high - low)) * (to - from);
    return { place, ticks };
  }
  const most = Math.max(...values, 1e-9);
  const rough = 10 ** Math.floor(Math.log10(most / 4));
  const step = [1, 2, 5, 10].map((n) => n * rough).find((one) => most / one <= 6)!;
  const end = Math.ceil(most / step) * step;
  const ticks = Array.from({ length: Math.round(end / step) + 1 }, (_, n) => n * step);
  return { place: (value) => from + (value / end) * (to - from), ticks };
}

function gridOf(x: Scale | undefined, y: Scale, { title }: { title: string }): string {
  const across = y.ticks.map(
    (tick) =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y.place(tick).toFixed(1)}" y2="${y.place(tick).toFixed(1)}"/>` +
      text(LEFT - 8, y.place(tick) + 4, short(tick), 'end'),
  );
  const below = (x?.ticks ?? []).map((tick) =>
    text(x!.place(tick), HEIGHT - BOTTOM + 18, short(tick), 'middle'),
  );
  return `<g stroke="${INK}" stroke-opacity="0.35" aria-label="${escape(title)}">${across.join('')}${below.join('')}</g>`;
}

function legendOf(names: readonly string[]): string {
  let at = LEFT;
  return names
    .map((name, index) => {
      const from = at;
      at += 26 + name.length * 7;
      return `<rect x="${from}" y="38" width="12" height="12" fill="${colourOf(index)}"/>${text(from + 17, 48, name, 'start')}`;
    })
    .join('');
}

function frame({ title, x, y }: { title: string; x: Axis; y: Axis }, parts: readonly string[]): string {
  const middle = (TOP + HEIGHT - BOTTOM) / 2;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" font-family="system-ui, sans-serif" font-size="12">\n` +
    `<title>${escape(title)}</title>\n` +
    `<text x="${LEFT}" y="24" fill="${INK}" font-size="15" font-weight="600">${escape(title)}</text>\n` +
    `${parts.join('\n')}\n` +
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, x.title, 'middle') +
    `<g transform="rotate(-90 18 ${middle})">${text(18, middle, y.title, 'middle')}</g>\n</svg>\n`
  );
}

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" fill="${INK}" stroke="none">${escape(content)}</text>`;
}

function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length]!;
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
