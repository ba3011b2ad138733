import type { Route, SimulatorReply, SimulatorRequest } from '../core/route.ts';
import { ApiFailure, replyOf } from './errors.ts';

/** A route below `/services/data/:version` whose refusals are thrown. */
export function api(
  method: Route['method'],
  path: string,
  handle: (request: SimulatorRequest) => SimulatorReply,
): Route {
  return {
    method,
    path: `/services/data/:version${path}`,
    handle: (request) => {
      try {
        return handle(request);
      } catch (error) {
        if (error instanceof ApiFailure) return replyOf(error);
        throw error;
      }
    },
  };
}

/** A `:name` part of the path. */
export const param = (request: SimulatorRequest, name: string): string => request.params[name] ?? '';
