/**
 * The subject of a diagnosis: the options of the client that has the trouble, and the responder.
 */
import type { CarequalityClientOptions } from '../client/options.ts'
import { requireBoolean, requireText } from '../lib/arguments.ts'
import { isBytes, isRecord } from '../lib/arguments.ts'
import { requireMode } from '../lib/modes.ts'
import { ownOptions } from '../lib/own.ts'
import { requireBaseUrl } from '../http/policies/base-url.ts'
import type { CertificateInput } from '../signers/certificate.ts'
import { checkSigner } from '../signers/check-signer.ts'
import type { Signer, SigningAlgorithm } from '../signers/signer.ts'
import type { KeyFile } from './key-steps.ts'

/** Options of `diagnose`: those of `CarequalityClient`, with the key as a file or as a signer. */
export interface DiagnoseOptions extends Omit<CarequalityClientOptions, 'signer' | 'clientId'> {
  /** Needed except in mode `udap`. */
  clientId?: string | undefined
  /** The private key's file, text or bytes; the diagnosis finds out what is wrong with it. */
  key?: KeyFile | undefined
  /** The certificates' file. */
  certificates?: CertificateInput | undefined
  /**
   * Instead of `key`: an HSM, a key service, or a signer of this library; or a function that opens one, called
   * once: a passphrase or PIN that it rejects is then a finding.
   */
  signer?: Signer<SigningAlgorithm> | (() => Promise<Signer<SigningAlgorithm>>) | undefined
  /** OID of the organization to reach; needs `directory`. */
  organization?: string | undefined
  /** The FHIR base, instead of what the directory lists. */
  baseUrl?: string | undefined
  /** Instead of what the server publishes. */
  tokenEndpoint?: string | undefined
  /** Reads this Patient as the last step; nothing of it is shown. Default: no read. */
  patientId?: string | undefined
  /** Where your own JWK set is published. */
  jwksUrl?: string | undefined
  /**
   * Whether a rejected API key is tried at the same directory's other environments, to tell a wrong
   * key from one of another environment. Default true.
   */
  otherEnvironments?: boolean | undefined
  /** Aborts the diagnosis. */
  signal?: AbortSignal | undefined
}

/** Throws `TypeError` for options that are wrong in form; what is wrong in substance is the diagnosis. */
export function checkOptions(given: DiagnoseOptions): DiagnoseOptions {
  const options = ownOptions(given)
  const { key, signer, organization, baseUrl, directory, udap, identities } = options
  const mode = requireMode(options.mode)
  if (mode === 'udap') {
    if (udap === undefined && identities === undefined)
      throw new TypeError('"udap" or "identities" is needed in mode udap')
  } else requireText(options.clientId, 'clientId')
  if (key !== undefined && signer !== undefined)
    throw new TypeError('"signer" stands in place of "key"')
  if (key !== undefined && typeof key !== 'string' && !isBytes(key))
    throw new TypeError('"key" must be text or bytes')
  if (signer !== undefined && typeof signer !== 'function') checkSigner(signer, 'signer')
  for (const name of ['organization', 'patientId'] as const) {
    if (options[name] !== undefined) requireText(options[name], name)
  }
  for (const name of ['baseUrl', 'tokenEndpoint', 'jwksUrl'] as const) {
    if (options[name] !== undefined) requireBaseUrl(options[name], name)
  }
  requireBoolean(options.otherEnvironments, 'otherEnvironments')
  if (organization === undefined && baseUrl === undefined)
    throw new TypeError('"organization" or "baseUrl" is needed')
  if (organization !== undefined && baseUrl === undefined && !isRecord(directory))
    throw new TypeError('"directory" is needed to find an organization')
  return options
}
