/** organization: manages every account; account: administers its own; member: works with its account's instances. */
export const ROLES = ['organization', 'account', 'member'] as const;

export type Role = (typeof ROLES)[number];

/** Who makes a request. Every query that answers one is scoped by `accountId`. */
export interface Caller {
  organizationId: number;
  accountId: number;
  userId: number;
  role: Role;
}

/** What the Authorization header proved: the caller, and the still unchecked Element part (an instance token). */
export interface Authentication {
  caller: Caller;
  elementToken: string | null;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route under the API's base path but those with `config: { access: 'public' }`; throws there. */
    readonly caller: Caller;
    /** The `Element <token>` part; null when not sent. Whose instance it is, the instances room finds out. */
    readonly elementToken: string | null;
    /** The exact bytes of the body, on routes with `config: { keepRawBody: true }`; null without a body. */
    rawBody: Buffer | null;
  }
  interface FastifyContextConfig {
    /** `public`: no credentials are asked for. */
    access?: 'public';
    /** Keeps `request.rawBody`, and reads form-encoded bodies too. */
    keepRawBody?: boolean;
    /** Asked every few seconds by machines: logged at debug level only. */
    isProbe?: boolean;
  }
}
