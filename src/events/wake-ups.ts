import type { Connection } from '../database/connection.ts';
import { startListening, type Listener } from '../database/listen.ts';
import type { Log } from '../kernel/log.ts';
import type { Recorded } from './record.ts';

/** `due`: a sender may find work. `recorded`: the log has grown. */
export type WakeUp = 'due' | 'recorded';

export interface WakeUps {
  /** Tells this node's listeners at once, and the other nodes' within 50 ms while this node is connected. */
  tell: (wakeUp: WakeUp) => void;
  /** For `onCommitted`: `due` only when something was not handed to this node's sender. */
  committed: (recorded: readonly Recorded[]) => void;
  /** Calls `heard` at each wake-up, from whichever node; returns how to end that. */
  on(wakeUp: WakeUp, heard: () => void): () => void;
  /** Connects to the database while at least one asked for it. */
  connect(): { stop(): Promise<void> };
}

const CHANNEL = 'tidings_events';
/** At most one NOTIFY in this time: each is a commit of its own, and all of them queue for one lock. */
const GATHER_MS = 50;

/**
 * Wake-ups between the rooms of this node and between nodes (LISTEN/NOTIFY). They only save waiting: whoever
 * listens also looks by itself once a second, because a pooler may swallow them.
 */
export function createWakeUps({ connection, log }: { connection: Connection; log: Log }): WakeUps {
  const listeners: Record<WakeUp, Set<() => void>> = { due: new Set(), recorded: new Set() };
  const unsent = new Set<WakeUp>();
  let timer: NodeJS.Timeout | undefined;
  let listener: Listener | undefined;
  let users = 0;

  const ring = (wakeUp: WakeUp): void => {
    for (const heard of listeners[wakeUp]) heard();
  };
  /** One at a time; `due` says both, since the log has grown then. */
  const send = async (): Promise<void> => {
    const wakeUp = unsent.has('due') ? 'due' : 'recorded';
    unsent.clear();
    await listener?.notify(CHANNEL, wakeUp);
    timer = undefined;
    if (unsent.size > 0) arm();
  };
  const arm = (): void => {
    timer ??= setTimeout(() => void send(), GATHER_MS);
  };
  const tell = (wakeUp: WakeUp): void => {
    ring(wakeUp);
    if (listener === undefined) return;
    unsent.add(wakeUp);
    arm();
  };

  return {
    tell,
    committed: (recorded) => {
      tell('recorded');
      if (recorded.some(({ laneId, isHandedOff }) => laneId !== null && !isHandedOff)) tell('due');
    },
    on: (wakeUp, heard) => {
      listeners[wakeUp].add(heard);
      return () => listeners[wakeUp].delete(heard);
    },
    connect: () => {
      users += 1;
      listener ??= startListening({
        connection,
        log,
        channels: {
          [CHANNEL]: (payload) => {
            if (payload === 'due') ring('due');
            ring('recorded');
          },
        },
        onConnect: () => {
          ring('due');
          ring('recorded');
        },
      });
      let isUsed = true;
      return {
        stop: async () => {
          if (!isUsed) return;
          isUsed = false;
          users -= 1;
          if (users > 0) return;
          const closing = listener;
          listener = undefined;
          clearTimeout(timer);
          timer = undefined;
          await closing?.close();
        },
      };
    },
  };
}
