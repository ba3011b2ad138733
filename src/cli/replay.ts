import type { ReplayView } from '../delivery/schema.ts';
import type { JsonObject } from '../kernel/json.ts';
import { instanceId, runApiCommand, type Asked } from './api-client-command.ts';
import { UsageError } from './command.ts';

const HELP = `tidings replay: sends the events of a time range to the instance's callback again, under their old ids.

  --instance ID     whose events (required)
  --from TIME       ISO-8601, UTC unless it names a zone (required)
  --to TIME         inclusive; default: now
  --status STATUS   only those that have this status now, e.g. RECEIVED or NOTIFIED
  --dry-run         only counts them
`;

/** The command `tidings replay`. */
export async function runReplay(args: readonly string[]): Promise<void> {
  const texts = ['instance', 'from', 'to', 'status'];
  await runApiCommand({ name: 'replay', help: HELP, texts, flags: ['dry-run'], run }, args);
}

async function run({ client, words, text, has, isJson, print }: Asked): Promise<void> {
  const instance = text('instance');
  const from = text('from');
  if (words.length > 0) throw new UsageError(`What is "${words[0]}"? Replays take options only.`);
  if (instance === undefined || from === undefined) {
    throw new UsageError('Both --instance and --from must be given.');
  }
  const body: JsonObject = { from, dryRun: has('dry-run') };
  for (const name of ['to', 'status']) {
    const value = text(name);
    if (value !== undefined) body[name] = value;
  }
  const replay = await client.post<ReplayView>(`/instances/${instanceId(instance)}/events/replay`, body);
  if (isJson) return print(JSON.stringify(replay));
  const events = replay.count === 1 ? '1 event' : `${replay.count} events`;
  print(
    replay.id === undefined
      ? `${events} would be sent again.`
      : `Replay ${replay.id}: ${events} to be sent again.`,
  );
}
