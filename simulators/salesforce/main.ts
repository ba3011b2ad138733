import { runSimulator } from '../core/command-line.ts';
import { createSalesforceSimulator } from './simulator.ts';

await runSimulator('salesforce', createSalesforceSimulator);
