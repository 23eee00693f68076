import type { Signer } from '../signers/signer.ts'
import { requireText } from '../lib/arguments.ts'
import type { FetchLike } from '../types.ts'
import type { AuthorizationSettings } from './authorization-server.ts'
import { createClientIdentity, sandboxClientId } from './client-identity.ts'
import {
  carequalityEntries,
  DirectoryData,
  rceEntries,
  type SandboxEntry,
} from './directory-data.ts'
import { legacyHost, legacyPath, sandboxApiKey } from './directory-server.ts'
import type { Holdings } from './fhir-interactions.ts'
import { listenAll } from './listen.ts'
import { Network, type RecordedRequest } from './network.ts'
import { checkEntry, checkOptions, type SandboxOptions } from './options.ts'
import { patients as inventedPatients } from './patients.ts'
import { registeredKey, type RegisteredKey } from './registered-keys.ts'
import { noRecords, records as inventedRecords } from './records.ts'
import type { OriginOf } from './respond.ts'
import { faultsOf, latencyOf, type SandboxResponder } from './responder-kinds.ts'
import { ResponderFleet } from './responders.ts'
import { createServers, directories } from './services.ts'
import type { SandboxUdapProfile } from './udap/profiles.ts'
import type { SandboxUdap, UdapNetwork } from './udap/udap-network.ts'

const DEFAULT_TOKEN_LIFETIME = 300_000

/** What a client needs in order to use the sandbox. */
export interface SandboxClientOptions {
  readonly directory: { readonly release: 'carequality-stu3'; readonly apiKey: string }
  readonly clientId: string
  readonly signer: Signer
  readonly fetch: FetchLike
  /** Present only if it was given to {@link createSandbox}. */
  readonly now?: () => number
  /** Present only if it was given to {@link createSandbox}. */
  readonly randomUUID?: () => string
}

/** A small Carequality network without a network. */
export interface Sandbox {
  /** Answers under the real host names; an unknown host is a failed fetch, never a real request. */
  readonly fetch: FetchLike
  /** Spread into `new CarequalityClient`. */
  readonly options: SandboxClientOptions
  /** The sandbox client's identity as PEM files, for trying `pemSigner`. */
  readonly pem: { readonly key: string; readonly certificates: string }
  /** What the two Carequality directories hold. Changes show at once; R4 lists them by `_lastUpdated`. */
  readonly directory: {
    /** Adds an organization, or replaces the one with its OID. */
    put(entry: SandboxEntry): void
    /** Deletes an organization: 410 in the R4 directory, 404 in the legacy one. */
    remove(oid: string): void
  }
  /** Those of the option `responders`, as they are: the expected results of a run. */
  readonly responders: readonly SandboxResponder[]
  /** Every request so far, those that met a fault included. */
  readonly requests: readonly RecordedRequest[]
  /** Returns `response` for the next request that fits, once, before any server sees it. */
  respondOnce(
    match: (request: Request) => boolean,
    response: Response | (() => Response | Promise<Response>),
  ): void
  /** UDAP, present only with the option `udap`. */
  readonly udap?: SandboxUdap
  /**
   * Puts every host on a loopback port of its own, for programs that bring their own HTTP. Documents
   * name these ports then. The ports do not keep the process alive. Needs `node:http`.
   */
  listen(): Promise<{
    directoryBaseUrl: string
    /** The origin of each host's port, for example `http://127.0.0.1:41234`. */
    origins: Readonly<Record<string, string>>
    /**
     * FHIR bases of the UDAP servers on their ports; their certificates and lists name them. Present
     * only with the option `udap`. Clients need `allowInsecureLoopback`.
     */
    udapBaseUrls?: Readonly<Record<SandboxUdapProfile, string>>
    close(): Promise<void>
  }>
}

/**
 * Makes a Carequality network behind one fetch-shaped function: two directories and TEFCA's, three
 * FHIR servers and their strict authorization servers, with a client that is registered everywhere.
 *
 * @example
 * ```ts
 * const network = await createSandbox()
 * const client = new CarequalityClient({ ...network.options })
 * const responder = await client.organization('2.16.840.1.113883.3.13.1')
 * const patient = await responder.patients.read('1316024')
 * ```
 */
export function createSandbox(
  options: SandboxOptions & { readonly udap: true },
): Promise<Sandbox & { readonly udap: SandboxUdap }>
export function createSandbox(options?: SandboxOptions): Promise<Sandbox>
export async function createSandbox(given: SandboxOptions = {}): Promise<Sandbox> {
  const options = checkOptions(given)
  const { now, randomUUID, clients = [] } = options
  const clock = now ?? Date.now
  const identity = await createClientIdentity(clock())

  const keys = new Map<string, RegisteredKey[]>()
  const register = async (clientId: string, signer: Signer, option: string): Promise<void> => {
    keys.set(clientId, [...(keys.get(clientId) ?? []), await registeredKey(signer, option)])
  }
  await register(sandboxClientId, identity.signer, 'signer')
  for (const [index, { clientId, signer }] of clients.entries()) {
    await register(clientId, signer, `clients[${index}].signer`)
  }

  const holdings = holdingsOf(options)
  const settings = settingsOf(options, clock)
  const udap = options.udap === true ? await createUdap(holdings, settings) : undefined
  const keysOf = (clientId: string): readonly RegisteredKey[] => keys.get(clientId) ?? []
  const fleet = fleetOf(options, { ...settings, keysOf })
  const data = new DirectoryData(
    [
      ...carequalityEntries(options.directorySize ?? 0),
      ...(udap?.carequality ?? []),
      ...fleet.organizations(),
    ],
    clock,
  )
  const network = new Network(
    [
      ...directories(data, new DirectoryData([...rceEntries, ...(udap?.rce ?? [])], clock)),
      ...createServers(holdings, { ...settings, keysOf }),
      ...(udap?.services ?? []),
    ],
    clock,
    fleet,
  )
  const fetch: FetchLike = async (request) => {
    const { protocol, host } = new URL(request.url)
    // Authorities publish their lists over plain http, and nothing else does.
    const isReached = (protocol === 'http:') === (udap?.plainHosts.includes(host) ?? false)
    return network.send(request, isReached ? host : undefined, realOrigin)
  }
  return {
    fetch,
    options: {
      directory: { release: 'carequality-stu3', apiKey: sandboxApiKey },
      clientId: sandboxClientId,
      signer: identity.signer,
      fetch,
      ...(now === undefined ? {} : { now }),
      ...(randomUUID === undefined ? {} : { randomUUID }),
    },
    pem: identity.pem,
    directory: {
      put: (entry) => {
        data.put(checkEntry(entry))
      },
      remove: (oid) => {
        data.remove(requireText(oid, 'oid'))
      },
    },
    ...(udap === undefined ? {} : { udap: udap.udap }),
    responders: fleet.responders,
    requests: network.requests,
    respondOnce: (match, response) => {
      network.respondOnce(match, response)
    },
    listen: async () => {
      const listeners = await listenAll(network.hosts, (...exchange) => network.send(...exchange))
      const { originOf } = listeners
      return {
        directoryBaseUrl: originOf(legacyHost) + legacyPath,
        origins: Object.fromEntries(network.hosts.map((host) => [host, originOf(host)])),
        ...(udap === undefined ? {} : { udapBaseUrls: udap.baseUrls(originOf) }),
        close: () => listeners.close(),
      }
    },
  }
}

function holdingsOf({ patients = inventedPatients }: SandboxOptions): Holdings {
  return {
    patients: structuredClone(patients),
    // Records exist only for the sandbox's own people.
    records: patients === inventedPatients ? inventedRecords : noRecords,
  }
}

function fleetOf(options: SandboxOptions, authorization: AuthorizationSettings): ResponderFleet {
  const { responders: count = 0, responderOrigins, seed = 1, wait } = options
  return new ResponderFleet({
    ...{ count, seed, wait, authorization },
    origins: Math.min(responderOrigins ?? count, count),
    faults: faultsOf(options.faults),
    latency: latencyOf(options.latency),
  })
}

function settingsOf(
  { randomUUID, tokenLifetimeMs }: SandboxOptions,
  now: () => number,
): Omit<AuthorizationSettings, 'keysOf'> {
  return {
    now,
    randomUUID: randomUUID ?? ((): string => crypto.randomUUID()),
    tokenLifetimeMs: tokenLifetimeMs ?? DEFAULT_TOKEN_LIFETIME,
  }
}

/** Loaded on demand: it includes the certificate parser. */
async function createUdap(
  ...given: Parameters<typeof import('./udap/udap-network.ts').createUdapNetwork>
): Promise<UdapNetwork> {
  const { createUdapNetwork } = await import('./udap/udap-network.ts')
  return createUdapNetwork(...given)
}

const realOrigin: OriginOf = (host) => `https://${host}`
