import { runSimulator } from '../core/command-line.ts';
import { createHubSpotSimulator } from './simulator.ts';

await runSimulator('hubspot', createHubSpotSimulator);
