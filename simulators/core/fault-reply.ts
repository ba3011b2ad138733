import type { FaultEffect, Faults } from './faults.ts';
import type { SimulatorReply } from './route.ts';

/** The answer of an effect that only replaces the simulator's own; undefined for those that act on it. */
export function faultReply(effect: FaultEffect, faults: Faults): SimulatorReply | undefined {
  switch (effect.kind) {
    case 'reply':
      return effect;
    case 'vendor':
      return (
        faults.vendorReply(effect.name) ?? {
          status: 500,
          body: `this vendor has no reply named ${effect.name}`,
        }
      );
    case 'malformed-json':
      return jsonText(effect.status ?? 200, '{"success":true,"data":[{"id":1,');
    case 'html':
      return {
        status: effect.status ?? 502,
        body: '<!DOCTYPE html><html><body><h1>Bad gateway</h1></body></html>',
        headers: { 'content-type': 'text/html; charset=UTF-8' },
      };
    case 'huge':
      return jsonText(200, `{"padding":"${'x'.repeat(effect.bytes)}"}`);
    case 'hang':
    case 'drop':
    case 'truncate':
      break;
  }
  return undefined;
}

const jsonText = (status: number, body: string): SimulatorReply => ({
  status,
  body,
  headers: { 'content-type': 'application/json; charset=utf-8' },
});
