/**
 * The parts of a Redis client that are used, of either library. No code but the choice between the
 * two.
 */

/** A client or cluster of `ioredis`, as far as it is used. */
export interface IoredisLike {
  call(command: string, args: string[]): Promise<unknown>
}

/** A client of `redis` (node-redis), connected, as far as it is used. */
export interface NodeRedisLike {
  sendCommand(args: string[]): Promise<unknown>
}

/** A Redis client of the user's own; the library never connects, configures or closes it. */
export type RedisClientLike = IoredisLike | NodeRedisLike

/** Sends one command and returns its reply. */
export type SendCommand = (command: string, args: string[]) => Promise<unknown>

/** How a client sends a command. Throws `TypeError` for what is neither kind of client. */
export function senderOf(client: RedisClientLike, option: string): SendCommand {
  // Clients of ioredis have a `sendCommand` as well, of another shape.
  if (hasMethod(client, 'call')) return (command, args) => client.call(command, args)
  if (hasMethod(client, 'sendCommand')) {
    return (command, args) => client.sendCommand([command, ...args])
  }
  throw new TypeError(`"${option}" must be a client of ioredis or of redis`)
}

function hasMethod(client: RedisClientLike, name: 'call'): client is IoredisLike
function hasMethod(client: RedisClientLike, name: 'sendCommand'): client is NodeRedisLike
function hasMethod(client: RedisClientLike, name: string): boolean {
  return (
    typeof client === 'object' &&
    (client as unknown) !== null &&
    typeof Reflect.get(client, name) === 'function'
  )
}
