/** What a FHIR server publishes: metadata, UDAP, and which token endpoint follows. */
import type { Responder } from '../client/responder.ts'
import { TokenTrust } from '../discovery/token-trust.ts'
import { isCarequalityError, TrustError } from '../errors.ts'
import { UrlPolicy, parseUrl } from '../http/policies/egress.ts'
import type { HttpOptions, Mode } from '../types.ts'
import { evidenceOf, serverFault } from './classify.ts'
import { failed, notReached, passed, type Outcome } from './diagnosis.ts'
import type { FindingId } from './findings.ts'
import type { Observed, Observer } from './observer.ts'

/** The outcome of connecting to a server: both documents, or why there are none. */
export async function metadataStep(
  connect: () => Promise<Responder>,
  observer: Observer,
): Promise<Outcome<Responder>> {
  let responder: Responder
  try {
    responder = await connect()
  } catch (error) {
    const observed = observer.last('/metadata')
    const udap = udapFinding(error)
    if (udap !== undefined) return notReached('the UDAP metadata is not good')
    const fault = versionFault(observed) ?? protectedFault(observed)
    return (
      (fault && failed(fault, ...versionLine(observed), ...evidenceOf(observed, error))) ??
      serverFault(observed, error) ??
      (observed?.status === 404 || observed?.status === 410
        ? failed('base-not-found', ...evidenceOf(observed, error))
        : failed('malformed-response', ...evidenceOf(observed, error)))
    )
  }
  const observed = observer.last('/metadata')
  const fault = observed && serverFault(observed, undefined)
  // A good smart-configuration is enough for the client, and would hide what is wrong here.
  if (fault !== undefined) return fault
  return passed(
    responder,
    responder.endpoint.address.split('?', 1)[0] ?? '',
    `FHIR ${responder.capabilities.fhirVersion ?? 'version not published'}`,
    ...responder.capabilities.quirks.map((quirk) => `quirk ${quirk}`),
  )
}

function versionFault(observed: Observed | undefined): FindingId | undefined {
  const version = versionIn(observed)
  if (version === undefined || version.startsWith('4')) return undefined
  return /^[01]\./.test(version) ? 'fhir-dstu2' : 'fhir-version'
}

function versionLine(observed: Observed | undefined): readonly string[] {
  const version = versionIn(observed)
  return version === undefined ? [] : [`fhirVersion ${version}`]
}

function versionIn(observed: Observed | undefined): string | undefined {
  return /"fhirVersion"\s*:\s*"(\d{1,2}(?:\.\d{1,4}){0,2})/.exec(observed?.text ?? '')?.[1]
}

function protectedFault(observed: Observed | undefined): FindingId | undefined {
  const isJson = /json/i.test(observed?.headers?.get('content-type') ?? 'json')
  const refused = observed?.status === 401 || observed?.status === 403
  return refused && isJson ? 'metadata-protected' : undefined
}

/** In mode `udap`: the result of verifying the signed metadata. */
export function udapStep(
  error: unknown,
  responder: Responder | undefined,
  observer: Observer,
): Outcome<true> {
  const udap = responder?.capabilities.udap
  if (udap !== undefined) return passed(true, udap.chain.explanation, ...udap.trail)
  const finding = udapFinding(error)
  const observed = observer.last('/.well-known/udap')
  if (finding !== undefined) {
    const reason = error instanceof TrustError ? [`step ${error.step}: ${error.reason}`] : []
    return failed(finding, ...reason, ...evidenceOf(observed, error))
  }
  return serverFault(observed, error) ?? notReached('the server could not be reached')
}

const UDAP_REASONS: Readonly<Record<string, FindingId>> = {
  'certificate-revoked': 'udap-revoked',
  'certificate-expired': 'udap-expired',
  'certificate-not-yet-valid': 'udap-expired',
  expired: 'udap-expired',
  untrusted: 'udap-anchor-missing',
  'other-base': 'udap-other-base',
  'issuer-not-named': 'udap-other-base',
}

function udapFinding(error: unknown): FindingId | undefined {
  if (!isCarequalityError(error)) return undefined
  if (error.code === 'ERR_CQ_NO_UDAP') return 'udap-not-published'
  if (error.code !== 'ERR_CQ_UNTRUSTED') return undefined
  const known = UDAP_REASONS[error.reason]
  return known ?? (error.step === 'revocation' ? 'udap-revocation-unknown' : 'udap-refused')
}

/** Which token endpoint is used, and whether its host belongs to the server's. */
export async function tokenEndpointStep(
  { capabilities, endpoint }: Responder,
  { mode, policy, given }: { mode: Mode; policy: HttpOptions; given: string | undefined },
): Promise<Outcome<string>> {
  const { tokenEndpoint, oauthUris } = capabilities
  if (tokenEndpoint === undefined) return failed('token-endpoint-missing', ...capabilities.trail)
  const lines = capabilities.trail.filter((line) => /^(published|token endpoint)/.test(line))
  const carequality = oauthUris.find(({ name }) => name === 'carequality-token')?.url
  const isPlain = carequality !== undefined && tokenEndpoint !== carequality
  if (mode === 'carequality-legacy' && isPlain && (given === undefined || given !== carequality)) {
    return failed('token-not-carequality', ...lines)
  }
  const reason = new UrlPolicy(policy).reasonToReject(tokenEndpoint)
  if (reason !== undefined) return failed('address-not-allowed', `the token endpoint: ${reason}`)
  const trusts = await new TokenTrust(policy.trustedOrigins).rule()
  if (!trusts(endpoint.address, tokenEndpoint)) {
    const fhir = parseUrl(endpoint.address)?.origin ?? ''
    const token = parseUrl(tokenEndpoint)?.origin ?? ''
    const line = `the line to add: { fhir: '${fhir}', token: '${token}' }`
    return failed('token-endpoint-foreign', ...lines, line)
  }
  return passed(tokenEndpoint, ...lines)
}
