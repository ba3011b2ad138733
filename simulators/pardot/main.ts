import { runSimulator } from '../core/command-line.ts';
import { createPardotSimulator } from './simulator.ts';

await runSimulator('pardot', createPardotSimulator);
