import type { SealingKey } from './keyring.ts'
import type { RedisStore } from './store.ts'

/** A key in Redis: its kind is readable, and nothing else. */
export async function placeOf(
  store: RedisStore,
  key: SealingKey,
  kind: string,
  name: string,
): Promise<string> {
  return `${store.prefix}:${kind}:${await key.nameOf(name)}`
}
