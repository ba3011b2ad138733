import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

/**
 * The network between a node and PostgreSQL, failing as networks do. `pass` undoes each of the others, for new
 * connections: one that was cut, stalled or muted stays so.
 */
export interface DatabaseProxy {
  /** Of the database, through the proxy. */
  url: string;
  pass(): Promise<void>;
  /** Resets every connection there is; new ones pass. */
  cut(): void;
  /** Nothing goes through any more in either direction, and no end is told: what a pulled cable or a firewall does. */
  stall(): void;
  /** What the node sends still arrives, the answers do not: the node cannot know what became of its statements. */
  mute(): void;
  /** Nobody listens, and every connection is reset. */
  refuse(): Promise<void>;
  /** How many connections are open. */
  open(): number;
  close(): Promise<void>;
}

type Mode = 'passing' | 'muted' | 'stalled';

interface Link {
  node: Socket;
  postgres: Socket;
  mode: Mode;
}

/** `databaseUrl` names the server by `?host=` (a host, or the directory of its socket) and `port`, as tests' URLs do. */
export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const host = target.searchParams.get('host') ?? target.hostname;
  const port = Number(target.searchParams.get('port') ?? target.port);
  const links = new Set<Link>();
  let mode: Mode = 'passing';

  const take = (node: Socket): void => {
    const path = host.startsWith('/') ? { path: join(host, `.s.PGSQL.${port}`) } : { host, port };
    const link: Link = { node, postgres: connect({ ...path, allowHalfOpen: true }), mode };
    links.add(link);
    relay(link, () => links.delete(link));
  };
  const reset = (): void => {
    for (const { node, postgres } of links) {
      node.resetAndDestroy();
      postgres.destroy();
    }
    links.clear();
  };
  const become = (next: Mode): void => {
    mode = next;
    for (const link of links) link.mode = next;
  };

  const server: Server = createServer({ allowHalfOpen: true }, take);
  const listen = async (on: number): Promise<number> => {
    server.listen(on, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const hangUp = async (): Promise<void> => {
    if (!server.listening) return reset();
    const closed = once(server, 'close');
    server.close();
    reset();
    await closed;
  };
  const own = await listen(0);

  return {
    url: urlThrough(target, own),
    pass: async () => {
      mode = 'passing';
      if (!server.listening) await listen(own);
    },
    cut: reset,
    stall: () => become('stalled'),
    mute: () => become('muted'),
    refuse: hangUp,
    open: () => links.size,
    close: hangUp,
  };
}

/** Hands on what each side sends, and its end, as the link's mode lets it. */
function relay(link: Link, onEnd: () => void): void {
  const { node, postgres } = link;
  node.on('data', (chunk) => {
    if (link.mode !== 'stalled') postgres.write(chunk);
  });
  postgres.on('data', (chunk) => {
    if (link.mode === 'passing') node.write(chunk);
  });
  for (const [socket, other] of [
    [node, postgres],
    [postgres, node],
  ] as const) {
    socket.on('error', () => {});
    // Of a stalled connection neither side hears that the other has gone.
    socket.on('end', () => {
      if (link.mode === 'passing') other.end();
    });
    socket.on('close', () => {
      if (link.mode === 'passing') other.destroy();
      if (node.destroyed && postgres.destroyed) onEnd();
    });
  }
}

function urlThrough(target: URL, port: number): string {
  const url = new URL(target);
  url.searchParams.set('host', '127.0.0.1');
  url.searchParams.set('port', String(port));
  return url.href;
}
