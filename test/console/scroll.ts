/** What scrolling through a list was like: milliseconds a frame, and the most rows that stood in the page. */
export interface Scrolled {
  p50: number;
  p95: number;
  rows: number;
}

/** Runs in the page: scrolls the list of that label down frame by frame until nothing more comes, and measures each. */
export function scrollThrough(label: string, rowRole: string): string {
  return `(async () => {
  const element = document.querySelector('[aria-label="${label}"][role]');
  const frames = [];
  let rows = 0;
  let movedAt = performance.now();
  for (let last = movedAt, end = last + 30_000; last < end && last - movedAt < 2000; ) {
    const before = element.scrollTop;
    element.scrollTop += 1500;
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    if (element.scrollTop !== before) movedAt = now;
    frames.push(now - last);
    last = now;
    rows = Math.max(rows, element.querySelectorAll('[role="${rowRole}"]').length);
  }
  frames.sort((a, b) => a - b);
  return { p50: frames[Math.floor(frames.length / 2)], p95: frames[Math.floor(frames.length * 0.95)], rows };
})()`;
}
