/** A client, a network of many responders, and what must come of asking them. */
import {
  CarequalityClient,
  cryptoKeySigner,
  type CarequalityClientOptions,
  type ClientEvent,
  type DiscoverOutcome,
} from '../../src/index.ts'
import type { OutcomeKind } from '../../src/discover/index.ts'
import type { PatientDemographics } from '../../src/fhir/index.ts'
import {
  createSandbox,
  type Sandbox,
  type SandboxOptions,
  type SandboxResponder,
} from '../../src/testing/index.ts'

/** Values that no server, directory or library invents: where one of them appears the patient does. */
export const CANARY: readonly string[] = [
  'Canaryfamily',
  'Canarygiven',
  '555-0199-77',
  'CANARY-MRN-1',
  '99988',
]

export const peters: PatientDemographics = {
  name: [{ family: 'Peters', given: ['Timothy'] }],
  birthDate: '1946-04-05',
  gender: 'male',
}

/** As {@link peters}, with more to be sent in a second step. */
export const petersInFull: PatientDemographics = {
  ...peters,
  telecom: [{ system: 'phone', value: '555-0124' }],
  address: [{ postalCode: '64117' }],
}

export interface DiscoverWorld {
  readonly sandbox: Sandbox
  readonly client: CarequalityClient
  readonly events: readonly ClientEvent[]
  /** Most requests that were open at one origin at the same time, for each origin. */
  readonly mostAtOnce: ReadonlyMap<string, number>
}

export async function discoverWorld(
  sandboxOptions: SandboxOptions,
  clientOptions: Partial<CarequalityClientOptions> = {},
): Promise<DiscoverWorld> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(
    { name: 'ECDSA', namedCurve: 'P-256' },
    true,
    ['sign', 'verify'],
  )
  const signer = await cryptoKeySigner({ key: privateKey, publicKey, kid: 'fast' })
  const began = Date.now()
  const now = (): number => began + performance.now()
  const sandbox = await createSandbox({
    now,
    clients: [{ clientId: 'fast-client', signer }],
    ...sandboxOptions,
  })
  const events: ClientEvent[] = []
  const open = new Map<string, number>()
  const mostAtOnce = new Map<string, number>()
  const client = new CarequalityClient({
    ...sandbox.options,
    ...{ clientId: 'fast-client', signer, mode: 'smart-backend' as const },
    onEvent: (event) => void events.push(event),
    ...clientOptions,
    fetch: async (request) => {
      const { origin } = new URL(request.url)
      const atOnce = (open.get(origin) ?? 0) + 1
      open.set(origin, atOnce)
      mostAtOnce.set(origin, Math.max(atOnce, mostAtOnce.get(origin) ?? 0))
      try {
        return await (clientOptions.fetch ?? sandbox.fetch)(request)
      } finally {
        open.set(origin, (open.get(origin) ?? 1) - 1)
      }
    },
  })
  return { sandbox, client, events, mostAtOnce }
}

/** What an outcome must be, by what the responder is. */
export function expectedKinds({ kind, holds }: SandboxResponder): readonly string[] {
  const byFault: Partial<Record<SandboxResponder['kind'], readonly string[]>> = {
    // It gives everybody, and whoever agrees is among them or not.
    'filter-ignored': [holds === 'nobody' ? 'invalid' : 'candidates'],
    slow: ['timeout'],
    // Once it is known that nobody is there, the others at the host are not tried.
    dead: ['unreachable', 'skipped breaker-open'],
    'rate-limited': ['overloaded'],
    failing: ['overloaded'],
    'login-page': ['invalid'],
    'consent-required': ['refused'],
    forbidden: ['refused'],
    unregistered: ['unauthorized'],
    'foreign-token': ['untrusted'],
  }
  const fault = byFault[kind]
  if (fault !== undefined) return fault
  if (kind === 'search-only') return [holds === 'patient' ? 'candidates' : 'no-match']
  return [{ patient: 'matched', similar: 'candidates', nobody: 'no-match' }[holds]]
}

/** The kind, and with one that has reasons the reason. */
export function kindOf(outcome: DiscoverOutcome): string {
  return outcome.kind === 'skipped' ? `skipped ${outcome.reason}` : outcome.kind
}

export async function allOf<T>(run: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const one of run) all.push(one)
  return all
}

/** How many outcomes of each kind. */
export function tally(outcomes: readonly DiscoverOutcome[]): Partial<Record<OutcomeKind, number>> {
  const counts: Partial<Record<OutcomeKind, number>> = {}
  for (const { kind } of outcomes) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

/** Loads what is loaded when it is first needed, which takes real time, and none that is held. */
export async function warmUp(): Promise<void> {
  const { client, sandbox } = await discoverWorld({ responders: 20, faults: 0.3 })
  const healthy = sandbox.responders.filter(({ kind }) => kind !== 'slow' && kind !== 'dead')
  await client.discover({ patient: peters, targets: healthy }).summary
}
