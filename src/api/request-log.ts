import type { App } from '../accounts/app.ts';
import type { Log } from '../kernel/log.ts';

/** Query parameters whose values are secrets somewhere: vendors' keys, authorization codes, webhook tokens. */
const SECRET_PARAMETERS =
  /([?&](?:api_?token|api_?key|api_?secret|hapikey|code|token|access_token|refresh_token|client_secret|user_key|password|secret|signature|state)=)[^&#]*/gi;

/** The URL as it may be logged. */
export function redactUrl(url: string): string {
  return url.replace(SECRET_PARAMETERS, '$1[redacted]');
}

/**
 * One line a request, when it is answered: never a body, a header, or a secret of the URL. Probes come every few
 * seconds, and accepted webhooks by the thousand, each of them an entry of the event log: theirs are for debugging.
 */
export function registerRequestLog(app: App, log: Log): void {
  app.addHook('onResponse', (request, reply, done) => {
    const { isProbe, keepRawBody } = request.routeOptions.config;
    const isRoutine = isProbe === true || (keepRawBody === true && reply.statusCode < 400);
    const level = isRoutine ? 'debug' : 'info';
    if (log.isLevelEnabled(level)) {
      const line = {
        method: request.method,
        url: redactUrl(request.url),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
        ip: request.ip,
      };
      request.log[level](line, 'request');
    }
    done();
  });
}
