import type { Patient } from 'fhir/r4.js'
import {
  isRecord,
  requireBoolean,
  requireFunction,
  requireObject,
  requirePositive,
  requireText,
  requireWhole,
} from '../lib/arguments.ts'
import { ownProperties, ownOptions } from '../lib/own.ts'
import { faultsOf, latencyOf, type SandboxFault, type SandboxLatency } from './responder-kinds.ts'
import type { SandboxEntry } from './directory-data.ts'
import type { Signer } from '../signers/signer.ts'

/** A client that the sandbox's authorization servers know beside the sandbox's own. */
export interface SandboxClient {
  readonly clientId: string
  /** Its `publicJwk`, else the leaf of its `certificates`, is the registered key. */
  readonly signer: Signer
}

/** Options of `createSandbox`. */
export interface SandboxOptions {
  /** Milliseconds since the epoch, for every server; handed on in `sandbox.options`. Default `Date.now`. */
  readonly now?: (() => number) | undefined
  /** Source of tokens; handed on in `sandbox.options`. Default `crypto.randomUUID`. */
  readonly randomUUID?: (() => string) | undefined
  /** Milliseconds that a token lives. Default 300,000. */
  readonly tokenLifetimeMs?: number | undefined
  /** The people on every FHIR server, instead of the invented ones. Each needs an `id`. */
  readonly patients?: readonly Patient[] | undefined
  /**
   * How many invented organizations are listed after the five of the network, to page through.
   * Default 0.
   */
  readonly directorySize?: number | undefined
  /** More registered clients. Several with one `clientId` are several keys of that client. */
  readonly clients?: readonly SandboxClient[] | undefined
  /**
   * How many responders there are beside the three, each made when it is first requested, listed in
   * the Carequality directories after the others. Default 0.
   */
  readonly responders?: number | undefined
  /** Hosts that those responders share; each has a base of its own there. Default: a host for each. */
  readonly responderOrigins?: number | undefined
  /**
   * The share of those responders that fails, from 0 to 1, of all kinds alike; or a share for each
   * kind. Default 0.
   */
  readonly faults?: number | Readonly<Partial<Record<SandboxFault, number>>> | undefined
  /** How long each of their responses takes: log-normal. Default: no time. */
  readonly latency?: SandboxLatency | undefined
  /** How time passes for them, in milliseconds. Default: by timers. */
  readonly wait?: ((ms: number) => Promise<void>) | undefined
  /** Determines everything random: the same seed, the same responders. Default 1. */
  readonly seed?: number | undefined
  /**
   * Adds three UDAP servers with a PKI of their own, and `sandbox.udap`. Default false.
   */
  readonly udap?: boolean | undefined
}

/** Throws a `TypeError` that names the wrong option. */
export function checkOptions(given: SandboxOptions): SandboxOptions {
  const options = ownOptions(given)
  requireFunction(options.now, 'now')
  requireFunction(options.randomUUID, 'randomUUID')
  requirePositive(options.tokenLifetimeMs, 'tokenLifetimeMs')
  requireBoolean(options.udap, 'udap')
  if (options.directorySize !== 0) requireWhole(options.directorySize, 'directorySize')
  if (options.responders !== 0) requireWhole(options.responders, 'responders')
  requireWhole(options.responderOrigins, 'responderOrigins')
  requireWhole(options.seed, 'seed')
  requireFunction(options.wait, 'wait')
  faultsOf(options.faults)
  latencyOf(options.latency)
  for (const [index, patient] of items(options.patients, 'patients')) {
    const isPatient = isRecord(patient) && patient.resourceType === 'Patient'
    if (!isPatient) throw new TypeError(`"patients[${index}]" must be a Patient`)
    requireText(patient.id, `patients[${index}].id`)
  }
  for (const [index, client] of items(options.clients, 'clients')) {
    const { clientId, signer } = isRecord(client) ? ownProperties(client) : {}
    requireText(clientId, `clients[${index}].clientId`)
    requireObject(signer, `clients[${index}].signer`)
  }
  return options
}

function items(value: unknown, option: string): [number, unknown][] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw new TypeError(`"${option}" must be an array`)
  return [...value.entries()]
}

/** Throws a `TypeError` that names the wrong member of an entry. */
export function checkEntry(entry: SandboxEntry): SandboxEntry {
  requireObject(entry, 'entry')
  requireText(entry.oid, 'entry.oid')
  requireText(entry.name, 'entry.name')
  requireBoolean(entry.active, 'entry.active')
  for (const [index, endpoint] of items(entry.endpoints, 'entry.endpoints'))
    requireText(
      isRecord(endpoint) ? endpoint.address : undefined,
      `entry.endpoints[${index}].address`,
    )
  return entry
}
