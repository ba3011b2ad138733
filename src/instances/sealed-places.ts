/** What each sealed value is bound to, so that a value copied to another row does not open. */

export const tokenPlace = (instanceId: number): string => `instances:${instanceId}:token`;

export const credentialsPlace = (instanceId: number): string => `instances:${instanceId}:credentials`;

export const entryPlace = (instanceId: number, key: string): string =>
  `instance_configuration:${instanceId}:${key}`;
