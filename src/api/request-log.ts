import type { App } from '../accounts/app.ts';

/** Query parameters whose values are secrets somewhere: vendors' keys, authorization codes, webhook tokens. */
const SECRET_PARAMETERS =
  /([?&](?:api_?token|api_?key|api_?secret|hapikey|code|token|access_token|refresh_token|client_secret|user_key|password|secret|signature|state)=)[^&#]*/gi;

/** The URL as it may be logged. */
export function redactUrl(url: string): string {
  return url.replace(SECRET_PARAMETERS, '$1[redacted]');
}

/** One line a request, when it is answered: never a body, a header, or a secret of the URL. */
export function registerRequestLog(app: App): void {
  app.addHook('onResponse', (request, reply, done) => {
    const line = {
      method: request.method,
      url: redactUrl(request.url),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      ip: request.ip,
    };
    // Probes ask every few seconds.
    const level = request.routeOptions.config.isProbe === true ? 'debug' : 'info';
    request.log[level](line, 'request');
    done();
  });
}
