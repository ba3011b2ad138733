/** Things opened push a closer; `close` unwinds them in reverse order, each once, and throws what failed. */
export interface Closers {
  push(name: string, close: () => Promise<void> | void): void;
  close(): Promise<void>;
}

export function createClosers(): Closers {
  const open: { name: string; close: () => Promise<void> | void }[] = [];
  return {
    push: (name, close) => {
      open.push({ name, close });
    },
    close: async () => {
      const failures: unknown[] = [];
      for (let last = open.pop(); last !== undefined; last = open.pop()) {
        try {
          await last.close();
        } catch (error) {
          failures.push(new Error(`closing ${last.name} failed`, { cause: error }));
        }
      }
      if (failures.length > 0) throw new AggregateError(failures, 'some parts did not close');
    },
  };
}
