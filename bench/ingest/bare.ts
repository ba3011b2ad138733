/* The most a Fastify endpoint can take on this machine: it parses the same bodies and does nothing else. */
import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';

process.on('disconnect', () => process.exit(0));
const app = fastify({ logger: false });
app.post('/*', (_request, reply) => {
  reply.send();
});
await app.listen({ host: '127.0.0.1', port: 0 });
process.send!({ kind: 'started', value: (app.server.address() as AddressInfo).port });
