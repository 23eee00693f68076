import type { DirectoryContact, DirectoryEntry } from '../directory/model/model.ts'
import { CarequalityClient } from './client.ts'
import { parseUrl } from '../http/policies/egress.ts'
import { requireText } from '../lib/arguments.ts'
import { ownOptions } from '../lib/own.ts'
import { ConnectedResponder, type Responder } from './responder.ts'
import type { CertificateDescription } from '../signers/chain.ts'

/** What the library does not know of you. */
export interface RegistrationDetails {
  /** Who you are and what you ask for, in a sentence or two. */
  description?: string | undefined
  /** Where your public keys are published. */
  jwksUrl?: string | undefined
  /** Whom the operator may ask: name, e-mail, telephone. */
  contact?: string | undefined
}

/**
 * The letter that asks a responder's operator to register this client: client id, certificate,
 * keys, scopes, and whom to write to as the directory has it. It names the identity that this
 * responder is asked with, `as()` and `context` included, and holds nothing secret. In mode `udap`
 * there is no letter: it says why none is needed, and what the client registers with.
 *
 * @example
 * ```ts
 * const responder = await client.organization('2.16.840.1.113883.3.13.1')
 * console.log(await registrationSummary(client, responder, { contact: 'it@example-hospital.org' }))
 * ```
 *
 * @throws TypeError for anything else than a client and one of its responders.
 */
export async function registrationSummary(
  client: CarequalityClient,
  responder: Responder,
  given: RegistrationDetails = {},
): Promise<string> {
  if (!(client instanceof CarequalityClient)) throw new TypeError('"client" must be a client')
  const isOurs =
    responder instanceof ConnectedResponder &&
    responder.registration.tokens === client.tokenProvider
  if (!isOurs) {
    throw new TypeError('"responder" must be a responder of the client')
  }
  const details = ownOptions(given, 'details')
  for (const name of ['description', 'jwksUrl', 'contact'] as const) {
    if (details[name] !== undefined) requireText(details[name], `details.${name}`)
  }
  const { assertionSigner } = client
  const { clientId = assertionSigner.clientId, scope, tokenEndpoint, mode } = responder.registration
  if (mode === 'udap') return udapSummary(responder, client, scope)
  const facts = await assertionSigner.current(undefined)
  const leaf = await facts.describeLeaf()
  return [
    `Registration of ${clientId}`,
    '',
    ...addressees(responder),
    '',
    'Please register this client for access by client credentials',
    '(private_key_jwt, RFC 7523; SMART Backend Services).',
    '',
    ...lines([
      ['Client id', clientId],
      ['Description', details.description],
      ['FHIR server', responder.endpoint.address],
      ['Token endpoint', tokenEndpoint],
      ['Scopes', scope],
      ['Algorithms', facts.signer.algorithms.join(', ')],
      [
        'Key id',
        facts.signer.kid ?? (mode === 'smart-backend' ? await facts.thumbprint() : undefined),
      ],
      ['JWKS URL', details.jwksUrl],
      ...certificateLines(leaf),
      ['Contact', details.contact],
    ]),
    '',
  ].join('\n')
}

/** Nobody has to be written to: what a server wants to know stands in the software statement. */
function udapSummary(
  { endpoint, capabilities: { udap } }: Responder,
  client: CarequalityClient,
  scope: string,
): string {
  const { clientId } = client.assertionSigner
  return [
    `Registration of ${clientId} by UDAP`,
    '',
    'Nothing has to be sent: the client registers itself when a token is first needed, and the',
    'server knows it by its certificate. No client id, key or JWKS URL is agreed by hand.',
    '',
    ...lines([
      ['Client URI', clientId],
      ['FHIR server', endpoint.address],
      ['Community', udap?.community],
      ['Registers at', udap?.registrationEndpoint],
      ['Token endpoint', udap?.tokenEndpoint],
      ['Scopes', scope],
      ['Certifications', udap?.certificationsRequired?.join(', ')],
      ['Server', udap?.chain.explanation],
    ]),
    '',
  ].join('\n')
}

type Line = readonly [name: string, value: string | undefined]

function certificateLines(leaf: CertificateDescription | undefined): readonly Line[] {
  if (leaf === undefined) return []
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10)
  const names = [
    ...leaf.dnsNames.map((name) => `DNS:${name}`),
    ...leaf.uris.map((uri) => `URI:${uri}`),
    ...leaf.emails.map((email) => `email:${email}`),
    ...leaf.ipAddresses.map((address) => `IP:${address}`),
  ]
  return [
    ['Certificate', leaf.subject],
    ['Issued by', leaf.issuer],
    ['Other names', names.length === 0 ? undefined : names.join(', ')],
    ['SHA-256', leaf.sha256Fingerprint],
    ['Valid', `${day(leaf.notBefore)} to ${day(leaf.notAfter)}`],
  ]
}

function addressees({ entry, servedBy, endpoint }: Responder): readonly string[] {
  const whom = servedBy ?? entry
  if (whom === undefined) return [`To the operator of ${parseUrl(endpoint.address)?.host ?? ''}`]
  return [
    `To ${oneLine(whom.name)}${whom.oid === undefined ? '' : ` (${whom.oid})`}`,
    ...contactLines(whom),
  ]
}

function contactLines({ contacts = [] }: DirectoryEntry): readonly string[] {
  if (contacts.length === 0) return ['(the directory names no contact)']
  return contacts.map(({ purpose, name, telecom }: DirectoryContact) => {
    const ways = telecom.map(({ system, value }) => `${system ?? 'at'}: ${value}`)
    return oneLine([purpose, name, ...ways].filter((part) => part !== undefined).join(', '))
  })
}

function lines(all: readonly Line[]): readonly string[] {
  return all.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name.padEnd(15)} ${oneLine(value)}`],
  )
}

/** Certificates and directories are written by others: a line break in them would forge a line. */
function oneLine(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}
