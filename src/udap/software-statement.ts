/** The software statement and the body that it is sent in ([SSRAA, section 3.1](https://hl7.org/fhir/us/udap-security/STU2/registration.html#software-statement)). */
import type { AbortSignalLike } from '../lib/abort.ts'
import type { AssertionSigner } from '../auth/assertion-signer.ts'
import type { SignerFacts } from '../signers/signer-facts.ts'
import type { JsonValue } from '../types.ts'
import type { VerifiedMetadata } from '../udap-facts.ts'
import type { Certification } from './certifications.ts'
import type { UdapSettings } from './options.ts'

/** What a registration is for; without grants it is a cancellation. */
export interface Statement {
  readonly clientName: string
  readonly contacts: readonly string[]
  readonly scope: string
  readonly grantTypes: readonly string[]
}

const YEAR_MS = 365 * 24 * 60 * 60 * 1000

/** Signs statements and certifications. */
export class StatementSigner {
  readonly #settings: UdapSettings
  readonly #assertions: AssertionSigner
  readonly #now: () => number
  readonly #randomUUID: () => string

  constructor(
    settings: UdapSettings,
    assertions: AssertionSigner,
    { now, randomUUID }: { readonly now: () => number; readonly randomUUID: () => string },
  ) {
    this.#settings = settings
    this.#assertions = assertions
    this.#now = now
    this.#randomUUID = randomUUID
  }

  /** The signer's facts, once they fit the client URI and the profile. Throws `TypeError`. */
  async current(signal: AbortSignalLike): Promise<SignerFacts> {
    const { clientUri, profile } = this.#settings
    const facts = await this.#assertions.current(signal)
    const leaf = await facts.describeLeaf()
    if (leaf === undefined) throw new TypeError('"signer" needs "certificates" in mode udap')
    if (!leaf.uris.includes(clientUri)) {
      throw new TypeError('"clientUri" must be a URI name of the signer\'s certificate')
    }
    if (profile.issuerInChain && facts.x5c.length < 2) {
      throw new TypeError(
        `"signer.certificates" must hold the leaf and its issuer for profile ${profile.id}`,
      )
    }
    return facts
  }

  /** Throws `TypeError` where the server needs certifications that were not given. */
  certificationsFor({
    certificationsRequired = [],
    certificationsSupported = [],
  }: VerifiedMetadata): readonly Certification[] {
    const { certifications } = this.#settings
    const given = new Set(certifications.flatMap(({ uris }) => uris))
    if (certificationsRequired.some((uri) => !given.has(uri))) {
      throw new TypeError('"certifications" lacks one that the server requires')
    }
    const listed = new Set([...certificationsRequired, ...certificationsSupported])
    return certifications.filter(({ uris }) => uris.some((uri) => listed.has(uri)))
  }

  /** The body of one request: everything in it is signed anew. */
  async body(
    metadata: VerifiedMetadata,
    statement: Statement,
    facts: SignerFacts,
    signal: AbortSignalLike,
  ): Promise<string> {
    const { clientUri, udapValue } = this.#settings
    const { registrationEndpoint, registrationAlgorithms: algorithms } = metadata
    const software = await this.#assertions.signWith(facts, {
      audience: registrationEndpoint,
      clientId: clientUri,
      iss: clientUri,
      ...{ mode: 'udap', algorithms, signal },
      claims: {
        client_name: statement.clientName,
        contacts: statement.contacts,
        grant_types: statement.grantTypes,
        token_endpoint_auth_method: 'private_key_jwt',
        scope: statement.scope,
      },
    })
    const certifications: string[] = []
    for (const one of this.certificationsFor(metadata)) {
      certifications.push(one.jwt ?? (await this.#signed(one, statement, facts, metadata, signal)))
    }
    return JSON.stringify({
      software_statement: software,
      ...(certifications.length === 0 ? {} : { certifications }),
      udap: udapValue,
    })
  }

  #signed(
    { name = '', uris, claims }: Certification,
    { grantTypes }: Statement,
    facts: SignerFacts,
    { registrationAlgorithms: algorithms }: VerifiedMetadata,
    signal: AbortSignalLike,
  ): Promise<string> {
    const { clientUri } = this.#settings
    const now = this.#now()
    const end = Math.min(now + YEAR_MS, facts.endsAt)
    const all: Readonly<Record<string, JsonValue>> = {
      ...claims,
      ...{ iss: clientUri, sub: clientUri, jti: this.#randomUUID() },
      ...{ iat: Math.floor(now / 1000) - 5, exp: Math.floor(end / 1000) },
      ...{ certification_name: name, certification_uris: uris, grant_types: grantTypes },
    }
    return this.#assertions.signClaims(facts, all, { mode: 'udap', algorithms, signal })
  }
}
