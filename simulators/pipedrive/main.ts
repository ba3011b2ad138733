import { runSimulator } from '../core/command-line.ts';
import { createPipedriveSimulator } from './simulator.ts';

await runSimulator('pipedrive', createPipedriveSimulator);
