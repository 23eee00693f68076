import type { Authorize } from '../access-token.ts'
import {
  contextKey,
  copyContext,
  joinContexts,
  type AuthorizationContext,
} from '../auth/identity.ts'
import type { DirectoryEntry } from '../directory/model/model.ts'
import type { Decision, ServerCapabilities } from '../discovery/decide.ts'
import { FhirClient } from '../fhir/fhir-client.ts'
import type { FhirClientOptions, ServerDetails } from '../fhir/fhir-parts.ts'
import { FhirPatientClient } from '../fhir/patient-client.ts'
import type { FhirVersion } from '../fhir/types.ts'
import { purposesOf } from '../lib/purposes.ts'
import { decisionOf, modeOf, scopeOf, type Access } from './access.ts'
import { tokensOf, type ResponderTokens } from './authorize.ts'
import { explanationOf, type Explanation } from './explain.ts'
import { registrationSummary, type RegistrationDetails } from './registration.ts'

/** An organization's FHIR server, ready to be queried. */
export interface Responder<V extends FhirVersion = 'R4'> {
  /** The directory entry that was requested. */
  readonly entry?: DirectoryEntry | undefined
  /** The entry that lists the endpoint: the same, or an ancestor. */
  readonly servedBy?: DirectoryEntry | undefined
  /** The FHIR base, as published. */
  readonly endpoint: { readonly address: string }
  /** What the server publishes about itself. */
  readonly capabilities: ServerCapabilities
  /** Its Patients; a token is requested when one is first needed. */
  readonly patients: FhirPatientClient<V>
  /** Its other resources, operations and attachments; `scope` must cover them. */
  readonly fhir: FhirClient<V>
  /**
   * The same responder under another identity, scope or purpose, with its own tokens; makes no
   * request.
   */
  as(context: AuthorizationContext): Responder<V>
  /** What was read, found and chosen, and why; makes no request. */
  explain(): Explanation
  /**
   * The letter that asks the responder's operator to register this client: client id, certificate,
   * keys, scopes, and the contact that the directory names. It is for the identity that this
   * responder is queried with, `as()` and `context` included, and contains no secrets. In mode `udap`
   * no letter is needed: it says why, and what the client registers with. Rejects with `TypeError`
   * for a wrong detail.
   *
   * @example
   * ```ts
   * const responder = await client.organization('2.16.840.1.113883.3.13.1')
   * console.log(await responder.registrationSummary({ contact: 'it@example-hospital.org' }))
   * ```
   */
  registrationSummary(details?: RegistrationDetails): Promise<string>
}

/** A responder of a client; the one place that joins discovery, tokens and FHIR. */
export class ConnectedResponder<V extends FhirVersion> implements Responder<V> {
  readonly entry: DirectoryEntry | undefined
  readonly servedBy: DirectoryEntry | undefined
  readonly endpoint: { readonly address: string }
  readonly patients: FhirPatientClient<V>
  readonly #access: Access
  readonly #decision: Decision
  readonly #tokens: ResponderTokens
  readonly #fhirParts: [FhirClientOptions<V>, ServerDetails]
  #fhir: FhirClient<V> | undefined

  constructor(access: Access) {
    const { entry, servedBy, baseUrl, documents } = access.connection
    this.#access = access
    this.entry = entry
    this.servedBy = servedBy
    this.endpoint = Object.freeze({ address: baseUrl })
    this.#decision = decisionOf(access, documents)
    this.#tokens = tokensOf(access, this.#decision)
    this.#fhirParts = fhirPartsOf<V>(access, this.#decision, this.#tokens.authorize)
    this.patients = new FhirPatientClient(...this.#fhirParts)
  }

  /** Made when it is first needed: of a thousand responders few are asked for more than Patients. */
  get fhir(): FhirClient<V> {
    return (this.#fhir ??= new FhirClient(...this.#fhirParts))
  }

  get capabilities(): ServerCapabilities {
    return this.#decision.capabilities
  }

  as(context: AuthorizationContext): Responder<V> {
    const joined = joinContexts(this.#access.context, copyContext(context))
    return new ConnectedResponder({ ...this.#access, context: joined })
  }

  /** @internal Whether a token for it is cached. */
  get hasToken(): boolean {
    return this.#tokens.isCached()
  }

  /** @internal Whether its CapabilityStatement lists `$match`. */
  get listsMatch(): boolean {
    return this.#access.connection.documents.metadata.facts?.listsMatch === true
  }

  explain(): Explanation {
    return explanationOf(this.#access.connection, this.#decision)
  }

  /** @internal Gives tokens, also without a FHIR call. */
  authorizer(): Authorize {
    return this.#tokens.authorize
  }

  registrationSummary(details: RegistrationDetails = {}): Promise<string> {
    const { parts, context } = this.#access
    const identity = {
      mode: modeOf(this.#access),
      clientId: context.clientId,
      scope: scopeOf(this.#access, this.#decision),
      assertions: parts.assertions,
    }
    return registrationSummary(this, identity, details)
  }
}

function fhirPartsOf<V extends FhirVersion>(
  access: Access,
  decision: Decision,
  authorize: Authorize,
): [FhirClientOptions<V>, ServerDetails] {
  const { http, memory, validators, fhirOptions, requirePurpose } = access.parts
  const { baseUrl, documents, oid, servedBy } = access.connection
  const { effect } = decision
  const { searchMethod = fhirOptions.searchMethod, nextLinks } = effect
  const { validation, audit } = fhirOptions
  const { clientId = access.parts.assertions.clientId } = access.context
  const purposeOfUse = purposesOf(access.context.purposeOfUse)
  const { implementationUrl, searchModes } = documents.metadata.facts ?? {}
  return [
    {
      baseUrl,
      authorize,
      searchMethod,
      validation,
      nextLinks,
      audit,
    },
    {
      ...{ http, memory, validators, implementationUrl, searchModes },
      contextKey: contextKey(access.context),
      organization: oid,
      servedBy: servedBy?.oid,
      accept: effect.accept,
      searchParameters: effect.searchParameters,
      lacksPurpose: requirePurpose && purposeOfUse.length === 0,
      ...{ clientId, purposeOfUse },
    },
  ]
}
