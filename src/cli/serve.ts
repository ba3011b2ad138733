import { describeVariables } from '../config/config.ts';
import { serve } from '../main.ts';

const HELP = `tidings serve: runs the server until it is told to stop (SIGTERM, Ctrl-C).

It is configured by environment variables:

${describeVariables()}
`;

export async function runServe(args: readonly string[]): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(HELP);
    return;
  }
  if (args.length > 0) {
    process.stderr.write(`tidings serve takes no arguments (${args.join(' ')}); see tidings serve --help\n`);
    process.exitCode = 2;
    return;
  }
  await serve();
}
