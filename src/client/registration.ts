import type { AssertionSigner } from '../auth/assertion-signer.ts'
import type { DirectoryContact, DirectoryEntry } from '../directory/model/model.ts'
import type { ServerCapabilities } from '../discovery/decide.ts'
import { parseUrl } from '../http/policies/egress.ts'
import { requireText } from '../lib/arguments.ts'
import { ownOptions } from '../lib/own.ts'
import type { CertificateDescription } from '../signers/chain.ts'
import type { Mode } from '../types.ts'

/** What the library does not know about you. */
export interface RegistrationDetails {
  /** Who you are and what you request, in a sentence or two. */
  description?: string | undefined
  /** Where your public keys are published. */
  jwksUrl?: string | undefined
  /** Whom the operator may contact: name, e-mail, telephone. */
  contact?: string | undefined
}

/** Whom the letter is addressed to. */
interface Addressee {
  readonly entry?: DirectoryEntry | undefined
  readonly servedBy?: DirectoryEntry | undefined
  readonly endpoint: { readonly address: string }
  readonly capabilities: ServerCapabilities
}

/** Who registers. */
interface Registrant {
  readonly mode: Mode
  /** Overrides the assertion signer's own. */
  readonly clientId: string | undefined
  readonly scope: string
  readonly assertions: AssertionSigner
}

/** A letter that asks an operator to register a client. Throws `TypeError` for a wrong detail. */
export async function registrationSummary(
  responder: Addressee,
  { mode, scope, assertions, clientId = assertions.clientId }: Registrant,
  given: RegistrationDetails,
): Promise<string> {
  const details = ownOptions(given, 'details')
  for (const name of ['description', 'jwksUrl', 'contact'] as const) {
    if (details[name] !== undefined) requireText(details[name], `details.${name}`)
  }
  if (mode === 'udap') return udapSummary(responder, assertions.clientId, scope)
  const facts = await assertions.current(undefined)
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
      ['Token endpoint', responder.capabilities.tokenEndpoint],
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

/** No letter is sent: what a server needs to know is in the software statement. */
function udapSummary(
  { endpoint, capabilities: { udap } }: Addressee,
  clientId: string,
  scope: string,
): string {
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

function addressees({ entry, servedBy, endpoint }: Addressee): readonly string[] {
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

/**
 * Others write certificates and directories: a line break in them would forge a line of the letter.
 */
function oneLine(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}
