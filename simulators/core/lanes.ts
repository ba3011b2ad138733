/** Runs work so that at most `limit` of one key are under way; the rest waits in order of arrival. */
export interface Lanes {
  run(key: string, work: () => Promise<void>): void;
  /** Resolves when nothing is under way or waiting. */
  idle(): Promise<void>;
}

export function createLanes(limit: number): Lanes {
  const waiting: Array<{ key: string; work: () => Promise<void> }> = [];
  const underWay = new Set<Promise<void>>();
  const running = new Map<string, number>();

  const start = (key: string, work: () => Promise<void>): void => {
    running.set(key, (running.get(key) ?? 0) + 1);
    const one = work().finally(() => {
      underWay.delete(one);
      running.set(key, (running.get(key) ?? 1) - 1);
      const next = waiting.findIndex((other) => other.key === key);
      const [freed] = next < 0 ? [] : waiting.splice(next, 1);
      if (freed) start(freed.key, freed.work);
    });
    underWay.add(one);
  };

  return {
    run(key, work) {
      if ((running.get(key) ?? 0) < limit) start(key, work);
      else waiting.push({ key, work });
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
