import { once } from 'node:events';
import { onStopSignal } from '../main.ts';
import { changesText } from './changes-text.ts';
import { runCommand, UsageError, type Arguments } from './command.ts';
import { startListener, VERDICTS, type Heard } from './listen-server.ts';
import { tableLines } from './print-table.ts';

const DEFAULT_PORT = 9000;

const HELP = `tidings listen: a callback endpoint on this machine that prints every notification, one line each.
For developing: set it as an instance's event.notification.callback.url. The server reaches it only with
TIDINGS_ALLOW_PRIVATE_NETWORKS set.

  --port N    where it listens (${DEFAULT_PORT}); 0 takes a free port
  --key KEY   the instance's event.notification.signature.key; signatures are checked with it
  --json      print what was sent instead of a summary: {"signature", "body"}
`;

/** The command `tidings listen`. */
export async function runListen(args: readonly string[]): Promise<void> {
  const definition = { name: 'listen', help: HELP, texts: ['port', 'key'], flags: ['json'] };
  await runCommand(definition, args, listen);
}

async function listen({ words, text, number, has }: Arguments): Promise<void> {
  if (words.length > 0) throw new UsageError(`What is "${words[0]}"? Listening takes options only.`);
  const print = has('json') ? jsonLine : textLine;
  const listener = await startListener({
    port: number('port', 0, 65_535) ?? DEFAULT_PORT,
    signatureKey: text('key'),
    onHeard: (heard) => void process.stdout.write(`${print(heard)}\n`),
  });
  process.stderr.write(`Listening at ${listener.url}; Ctrl-C ends it.\n`);
  const stopping = new AbortController();
  onStopSignal(async () => stopping.abort());
  await once(stopping.signal, 'abort');
  await listener.close();
}

function textLine({ signature, message }: Heard): string {
  const { eventId, elementKey, instanceId, events } = message;
  return tableLines([
    [eventId, `instance ${instanceId}`, elementKey, changesText(events), VERDICTS[signature]],
  ])[0]!;
}

function jsonLine({ signature, message }: Heard): string {
  return JSON.stringify({ signature, body: { message } });
}
