/** Runs one case, and judges it by the same oracles as all others. Needs no test runner. */
import { generateKeyPairSync, sign } from 'node:crypto'
import type * as Whole from '../../src/index.ts'
import type {
  CarequalityClient,
  CarequalityClientOptions,
  ClientEvent,
  Signer,
} from '../../src/index.ts'
import { makeCertificate } from '../support/certificates.ts'
import { ownClock } from '../support/own-time.ts'
import type { Adversary } from './adversary.ts'
import { CALLS, directoryOf, wantedOf } from './calls.ts'
import type { Case } from './cases.ts'
import { judge } from './oracles.ts'
import type { World } from './world.ts'

/** What is needed of the library. */
export type Library = Pick<typeof Whole, 'CarequalityClient' | 'isCarequalityError'>

/** How cases are run. */
export interface RunSetup {
  readonly library: Library
  readonly adversary: Adversary
  /** Default: the platform's fetch. */
  readonly transport?: (() => CarequalityClientOptions['transport']) | undefined
}

/** Everything a case left behind. */
export interface Trace {
  readonly world: World
  readonly value: string | undefined
  readonly error: unknown
  readonly events: readonly { readonly type: string; readonly at: number }[]
  readonly elapsedMs: number
  /** What the call was given. */
  readonly timeoutMs: number
}

/** Where a call that never ends is given up. */
const GIVEN_UP_MS = 85_000
/** Cases that end by time set their own; the others only have to work on a busy machine. */
const TIMEOUT_MS = 60_000

export const LIMITS = { token: 64_000, metadata: 1_000_000, page: 1_000_000, binary: 1_000_000 }

const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
export const PRIVATE_KEY: string = keys.privateKey
  .export({ type: 'pkcs8', format: 'pem' })
  .toString()
  .split('\n')
  .slice(1, -2)
  .join('')
/** The client's certificate, base64 DER. */
export const CERTIFICATE: string = makeCertificate({
  subject: 'client.example.org',
  ...keys,
  issuer: keys,
}).base64

const SIGNER: Signer = {
  algorithms: ['ES256'],
  certificates: [CERTIFICATE],
  sign: (data) => {
    const key = { key: keys.privateKey, dsaEncoding: 'ieee-p1363' } as const
    return Promise.resolve(new Uint8Array(sign('sha256', data, key)))
  },
}

/** Unique, and without jitter: the first digits decide how long a pause is. */
function randomUUID(): string {
  return `00000000${crypto.randomUUID().slice(8)}`
}

/** A client that is at home in a case's corner, and what it tells. */
export function clientFor(
  { CarequalityClient }: Library,
  world: World,
  more: Partial<CarequalityClientOptions> = {},
): { readonly client: CarequalityClient; readonly events: readonly ClientEvent[] } {
  const events: ClientEvent[] = []
  const client = new CarequalityClient({
    clientId: 'client.example.org',
    signer: SIGNER,
    directory: directoryOf(world),
    allowInsecureLoopback: true,
    timeoutMs: TIMEOUT_MS,
    attemptTimeoutMs: TIMEOUT_MS,
    bodyLimits: LIMITS,
    randomUUID,
    onEvent: (event) => events.push(event),
    ...more,
  })
  return { client, events }
}

/** What the oracles object to; empty where all is well. */
export async function runCase(setup: RunSetup, one: Case): Promise<readonly string[]> {
  const { library, adversary } = setup
  const { row, stage, expect } = one
  const world = adversary.world({ stage, fault: row.play, times: row.times })
  const bytes =
    setup.transport === undefined
      ? { fetch: (request: Request) => fetch(request) }
      : { transport: setup.transport() }
  const options = { ...bytes, ...row.options?.(world) }
  const { client, events } = clientFor(library, world, options)
  const elapsed = ownClock()
  const { value, error } = await settled((row.call ?? CALLS[stage])(client, world))
  const elapsedMs = elapsed()
  const { timeoutMs = TIMEOUT_MS } = options
  const trace = { world, value, error, events, elapsedMs, timeoutMs }
  const findings = await judge(library, trace, expect, wantedOf(world))
  await client.close()
  return findings
}

async function settled(call: Promise<string>): Promise<{ value?: string; error?: unknown }> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const patience = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('it did not settle')), GIVEN_UP_MS)
  })
  try {
    return { value: await Promise.race([call, patience]) }
  } catch (error) {
    return { error }
  } finally {
    clearTimeout(timer)
  }
}
