import { once } from 'node:events';
import { parentPort, Worker, workerData } from 'node:worker_threads';

const TASK = 'read the script of Scalar';
/** The package's own name for it. */
const PATH = '/js/scalar.js';

/**
 * Scalar's script as it is served, in UTF-8. Its package holds it inside a module: imported by the server, that module
 * and its text take 25 MB for as long as the process lives. A thread reads it instead, and ends.
 * @throws what keeps the package from being read
 */
export async function readScalarScript(): Promise<Buffer> {
  const thread = new Worker(new URL(import.meta.url), { workerData: TASK });
  try {
    const [script] = (await once(thread, 'message')) as [Uint8Array];
    return Buffer.from(script.buffer, script.byteOffset, script.byteLength);
  } finally {
    await thread.terminate();
  }
}

/** What the thread does: it asks the package's plugin, the one way in that the package promises. */
async function answer(): Promise<void> {
  const [{ fastify }, { default: scalar }] = await Promise.all([
    import('fastify'),
    import('@scalar/fastify-api-reference'),
  ]);
  const app = fastify();
  await app.register(scalar, { routePrefix: '/', configuration: { url: '/openapi.json' } });
  const { statusCode, rawPayload } = await app.inject(PATH);
  if (statusCode !== 200) throw new Error(`Scalar answers its script by ${statusCode}.`);
  const script = Uint8Array.from(rawPayload);
  parentPort?.postMessage(script, [script.buffer]);
}

if (workerData === TASK) await answer();
