/** The parts of `Authorization: User <secret>, Organization <secret>[, Element <token>]`; null: not sent. */
export interface AuthorizationParts {
  user: string | null;
  organization: string | null;
  element: string | null;
}

const SCHEMES = ['user', 'organization', 'element'] as const;

/**
 * Splits the header on commas, then each part on its first blank: secrets are base64 and may hold `=`, `+` and `/`.
 * Order and case of the schemes are free; of a repeated scheme the first counts; other schemes are ignored.
 */
export function parseAuthorization(header: string | undefined): AuthorizationParts {
  const parts: AuthorizationParts = { user: null, organization: null, element: null };
  for (const part of (header ?? '').split(',')) {
    const [, scheme = '', secret = ''] = /^\s*(\S+)\s+(\S+)\s*$/.exec(part) ?? [];
    const name = SCHEMES.find((known) => known === scheme.toLowerCase());
    if (name !== undefined) parts[name] ??= secret;
  }
  return parts;
}

/** The token of `Authorization: Bearer <token>` (RFC 6750, section 2.1); null without one. */
export function parseBearer(header: string | undefined): string | null {
  return /^\s*bearer\s+(\S+)\s*$/i.exec(header ?? '')?.[1] ?? null;
}
