import { runSimulator } from '../core/command-line.ts';
import { createKeapSimulator } from './simulator.ts';

await runSimulator('keap', createKeapSimulator);
