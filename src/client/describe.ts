import { joinContexts, type AuthorizationContext } from '../auth/identity.ts'
import { DirectoryClient } from '../directory/directory-client.ts'
import type { TokenTrust } from '../discovery/token-trust.ts'
import type { PolicyRules } from '../http/policies/egress.ts'
import { purposesOf } from '../lib/purposes.ts'
import type { SignerSource } from '../signers/signer.ts'
import type { Mode, SearchMethod } from '../types.ts'
import { VERSION } from '../version.ts'
import type { Parts } from './parts.ts'

/** The effective settings of a client; no key, token, API key, claim or certificate. */
export interface ClientDescription {
  readonly version: string
  readonly mode: Mode
  readonly clientId: string
  /** Undefined: chosen for each responder. */
  readonly scope?: string | undefined
  readonly purposeOfUse: readonly string[]
  readonly requirePurpose: boolean
  /** What a failed audit record means; `off` without an audit trail. */
  readonly audit: 'refuse' | 'warn' | 'off'
  /** Origins that are sent the trace context. */
  readonly propagateTo: readonly string[]
  /** Algorithms and key id; `rotating` where a function gives the signer. */
  readonly signer:
    { readonly algorithms: readonly string[]; readonly kid?: string | undefined } | 'rotating'
  /** `custom` for your own reader of entries. */
  readonly directory:
    { readonly network: string; readonly environment: string; readonly release: string } | 'custom'
  readonly timeoutMs: number
  /** Undefined: depends on the kind of request. */
  readonly attemptTimeoutMs?: number | undefined
  /** `custom` for your own transport or fetch. */
  readonly transport: 'fetch' | 'custom'
  /** `rule` stands for a function. */
  readonly allowedOrigins: PolicyRules['allowedOrigins']
  readonly trustedOrigins: TokenTrust['trustedOrigins']
  readonly allowedPrivateHosts: readonly string[]
  readonly allowInsecureLoopback: boolean
  readonly searchMethod: SearchMethod
  readonly validation: 'off' | 'shell'
  /** How many resources are cached; 0: none. */
  readonly validatorCacheEntries: number
  readonly sharedTokenCache: boolean
  /** Ids of the quirks that are on. */
  readonly quirks: readonly string[]
  readonly blocked: readonly { readonly party: string; readonly reason: string }[]
}

/** The description of a client of these parts, under the identity that `as` gave it. */
export function describeClient(parts: Parts, as: AuthorizationContext): ClientDescription {
  const { http, options, resolver, assertions, requirePurpose, trust } = parts
  const { scope, mode = parts.mode, clientId, purposeOfUse } = joinContexts(parts.own, as)
  return {
    version: VERSION,
    mode,
    clientId: clientId ?? assertions.clientId,
    scope,
    purposeOfUse: purposesOf(purposeOfUse),
    requirePurpose,
    audit: options.audit?.onFailure ?? 'off',
    propagateTo: [...(options.instrumentation?.propagateTo ?? [])],
    signer: signerOf(assertions.source),
    directory: directoryOf(parts),
    timeoutMs: http.timeoutMs,
    attemptTimeoutMs: options.attemptTimeoutMs,
    transport: (options.transport ?? options.fetch) ? 'custom' : 'fetch',
    ...structuredClone(http.policy.rules),
    trustedOrigins: structuredClone(trust.trustedOrigins),
    searchMethod: options.searchMethod ?? 'post-then-get',
    validation: options.validation ?? 'shell',
    validatorCacheEntries: options.validatorCache?.maxEntries ?? 0,
    sharedTokenCache: options.tokenCache !== undefined,
    quirks: resolver.quirkIds,
    blocked: http.blocklist.entries,
  }
}

function signerOf(signer: SignerSource): ClientDescription['signer'] {
  if (typeof signer === 'function') return 'rotating'
  return { algorithms: [...signer.algorithms], kid: signer.kid }
}

function directoryOf({ directory }: Parts): ClientDescription['directory'] {
  if (!(directory instanceof DirectoryClient)) return 'custom'
  const { network, environment, release } = directory
  return { network, environment, release }
}
