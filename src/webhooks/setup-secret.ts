import type { SealedColumn } from '../vault/sealed-column.ts';
import type { Vault } from '../vault/vault.ts';

/** What the webhooks we set up prove themselves with. `basic`: what an adopted one already sends. */
export interface SetupSecret {
  secret: string;
  basic?: { username: string; password: string };
}

const placeOf = (instanceId: number): string => `webhook_setups:${instanceId}:secret`;

/** What this room keeps sealed. */
export const sealedInWebhooks: readonly SealedColumn[] = [
  { table: 'webhook_setups', column: 'secret', key: [['instance_id', 'int8']], placeOf },
];

export function sealSecret(vault: Vault, instanceId: number, secret: SetupSecret): Buffer {
  return vault.seal(JSON.stringify(secret), placeOf(instanceId));
}

/** @throws VaultError */
export function openSecret(vault: Vault, instanceId: number, sealed: Buffer): SetupSecret {
  return JSON.parse(vault.openText(sealed, placeOf(instanceId))) as SetupSecret;
}

/** The user name of the webhooks we create. */
export const BASIC_USER = 'tidings';

/** What they send by HTTP Basic. */
export function basicOf({ secret, basic }: SetupSecret): { username: string; password: string } {
  return basic ?? { username: BASIC_USER, password: secret };
}
