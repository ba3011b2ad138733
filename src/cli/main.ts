import { VERSION } from '../main/version.ts';

interface Command {
  summary: string;
  run: (args: readonly string[]) => Promise<void>;
}

/** Each command is loaded when it is asked for: the help needs no database driver. */
const COMMANDS: Record<string, Command> = {
  serve: {
    summary: 'run the server',
    run: async (args) => (await import('./serve.ts')).runServe(args),
  },
  demo: {
    summary: 'try everything with simulated vendors',
    run: async (args) => (await import('./demo/demo.ts')).runDemo(args),
  },
  listen: {
    summary: 'a local callback that prints notifications',
    run: async (args) => (await import('./listen.ts')).runListen(args),
  },
  instances: {
    summary: 'the connected accounts of a running server',
    run: async (args) => (await import('./instances.ts')).runInstances(args),
  },
  events: {
    summary: 'the event log of a running server',
    run: async (args) => (await import('./events.ts')).runEvents(args),
  },
  replay: {
    summary: "send a time range's events again",
    run: async (args) => (await import('./replay.ts')).runReplay(args),
  },
};

function help(): string {
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`);
  return `tidings ${VERSION}\n\nUsage: tidings <command> [--help]\n\n${lines.join('\n')}\n`;
}

const [name = '--help', ...args] = process.argv.slice(2);
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
if (command !== undefined) await command.run(args);
else if (name === '--help' || name === '-h' || name === 'help') process.stdout.write(help());
else if (name === '--version') process.stdout.write(`${VERSION}\n`);
else {
  process.stderr.write(`tidings knows no command "${name}"\n\n${help()}`);
  process.exitCode = 2;
}
