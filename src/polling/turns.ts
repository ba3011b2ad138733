/** Lets so many at a time do something, the others wait in the order in which they came. */
export interface Turns {
  /**
   * Resolves when fewer than `most` of that key are at it; call what it gives when done.
   * @throws the signal's reason when it aborts the wait
   */
  take(key: string, most: number, signal?: AbortSignal): Promise<() => void>;
}

interface Place {
  busy: number;
  waiting: Set<() => void>;
}

export function createTurns(): Turns {
  const places = new Map<string, Place>();

  const give = (key: string, place: Place): (() => void) => {
    let isGivenBack = false;
    return () => {
      if (isGivenBack) return;
      isGivenBack = true;
      const [next] = place.waiting;
      // Who waits takes the turn over, so that nobody who comes now is before them.
      if (next !== undefined) return next();
      place.busy -= 1;
      if (place.busy === 0) places.delete(key);
    };
  };

  return {
    take: async (key, most, signal) => {
      const place = places.get(key) ?? { busy: 0, waiting: new Set<() => void>() };
      places.set(key, place);
      if (place.busy < most) place.busy += 1;
      else await wait(place, signal);
      return give(key, place);
    },
  };
}

async function wait(place: Place, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const started = Promise.withResolvers<undefined>();
  const start = (): void => {
    place.waiting.delete(start);
    started.resolve(undefined);
  };
  const abort = (): void => {
    // Once started, it is the caller who ends the turn.
    if (place.waiting.delete(start)) aborted.reject(signal?.reason);
  };
  place.waiting.add(start);
  signal?.addEventListener('abort', abort);
  try {
    await Promise.race([started.promise, aborted.promise]);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
