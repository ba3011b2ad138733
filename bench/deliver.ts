/*
 * `node bench/deliver.ts [--check] [--quick] [section …]`: webhook in → callback accepted, by real servers with real
 * instances, beside the bare limit of the same run. All sections unless named; see SECTIONS.
 */
import { cost } from './deliver/cost.ts';
import { growth } from './deliver/growth.ts';
import { hanging } from './deliver/hanging.ts';
import { lane } from './deliver/lane.ts';
import { latency } from './deliver/latency.ts';
import { n8n } from './deliver/n8n.ts';
import { nodes } from './deliver/nodes.ts';
import { queue } from './deliver/queue.ts';
import type { Section } from './deliver/section.ts';
import { throughput } from './deliver/throughput.ts';
import { openReport, readArguments } from './report/report.ts';
import { openStage } from './stage/stage.ts';

const SECTIONS: Record<string, Section> = {
  throughput,
  cost,
  latency,
  queue,
  n8n,
  hanging,
  nodes,
  growth,
  lane,
};
const INSTANCES = 100;

const given = readArguments();
const unknown = given.rest.filter((name) => !Object.hasOwn(SECTIONS, name));
if (unknown.length > 0) {
  throw new Error(`there is no section ${unknown.join(', ')}, only ${Object.keys(SECTIONS).join(', ')}`);
}
const report = openReport(given);
const stage = await openStage({ instances: INSTANCES });
try {
  for (const [name, section] of Object.entries(SECTIONS)) {
    if (given.rest.length > 0 && !given.rest.includes(name)) continue;
    report.line(`\n# ${name}`);
    await section({ stage, report, isQuick: given.isQuick });
    await stage.clear();
  }
} finally {
  await stage.close();
}
report.finish();
