/** The steps of a diagnosis in order, each using what earlier ones found. */
import { CarequalityClient } from '../client/client.ts'
import type { CarequalityClientOptions, CarequalityUdapOptions } from '../client/options.ts'
import type { Responder } from '../client/responder.ts'
import type { DirectoryOptions } from '../directory/api/options.ts'
import { HttpClient } from '../http/client.ts'
import { clockOf, identifiersOf } from '../lib/sources.ts'
import type { SignerFacts } from '../signers/signer-facts.ts'
import type { Signer, SigningAlgorithm } from '../signers/signer.ts'
import type { CallOptions, HttpOptions, Mode } from '../types.ts'
import { clockFinding, clockStep } from './clock-step.ts'
import { notReached, Report, type Diagnosis, type Outcome } from './diagnosis.ts'
import { directoryStep, endpointStep, isReader } from './directory-steps.ts'
import {
  openedSigner,
  placeholder,
  signerFromFiles,
  usableSigner,
  type Circumstances,
} from './identity.ts'
import { Observer } from './observer.ts'
import { addOpenServer } from './open-server.ts'
import type { DiagnoseOptions } from './options.ts'
import { readStep } from './read-step.ts'
import { metadataStep, tokenEndpointStep, udapStep } from './server-steps.ts'
import { jwksStep, signatureStep } from './signer-steps.ts'
import { assertionStep, requestToken, scopeStep, tokenStep } from './token-steps.ts'

/** One diagnosis while it runs. */
export class Examination {
  readonly #options: DiagnoseOptions
  readonly #mode: Mode
  readonly #call: CallOptions
  readonly #observer: Observer
  /** The directory's own, where it has a transport of its own. */
  readonly #directoryObserver: Observer
  readonly #http: HttpClient
  readonly #policy: HttpOptions
  readonly #report = new Report()

  constructor(options: DiagnoseOptions) {
    const { directory, signal } = options
    this.#options = options
    this.#mode = options.mode ?? 'carequality-legacy'
    this.#call = signal === undefined ? {} : { signal }
    this.#observer = new Observer(options)
    const own = settingsOf(directory)
    const { transport, fetch } = own ?? {}
    this.#directoryObserver =
      (transport ?? fetch) === undefined
        ? this.#observer
        : new Observer({ transport, fetch, now: options.now })
    this.#policy = { ...options, fetch: undefined, transport: this.#observer.transport }
    this.#http = new HttpClient(this.#policy)
  }

  async run(): Promise<Diagnosis> {
    const signer = await this.#signer()
    const client = this.#client(signer ?? placeholder)
    try {
      const facts = await this.#keys(signer, client)
      const baseUrl = await this.#directory(client)
      const responder = await this.#server(client, baseUrl)
      const isOpen = await this.#tokenAndRead(responder, facts)
      this.#report.add('clock', this.#clock())
      return this.#report.read({ isOpen })
    } finally {
      await Promise.all([client.close(), this.#http.close()])
    }
  }

  async #signer(): Promise<Signer<SigningAlgorithm> | undefined> {
    const { signer, clientId = '' } = this.#options
    if (this.#mode === 'udap') return undefined
    const about = this.#about(clientId)
    if (signer === undefined) return signerFromFiles(this.#options, about, this.#report)
    return typeof signer === 'function'
      ? openedSigner(signer, about, this.#report)
      : usableSigner(signer, about, this.#report)
  }

  #client(signer: Signer<SigningAlgorithm>): CarequalityClient {
    const own = settingsOf(this.#options.directory)
    const directory = own && {
      ...own,
      fetch: undefined,
      transport: this.#directoryObserver.transport,
    }
    const options = { ...this.#policy, ...this.#options, ...this.#wire() }
    const shared = { ...options, directory: directory ?? this.#options.directory }
    if (this.#mode === 'udap') {
      const udap: CarequalityUdapOptions = { ...shared, mode: 'udap', signer: undefined }
      return new CarequalityClient(udap)
    }
    const { clientId = '' } = this.#options
    const usual: CarequalityClientOptions = { ...shared, clientId, signer }
    return new CarequalityClient(usual)
  }

  #wire(): HttpOptions {
    return { fetch: undefined, transport: this.#observer.transport }
  }

  async #keys(
    signer: Signer<SigningAlgorithm> | undefined,
    client: CarequalityClient,
  ): Promise<SignerFacts | undefined> {
    const report = this.#report
    let held = signer
    if (this.#mode === 'udap') {
      const { signer: theirs } = await client.assertionSigner.current(this.#call.signal)
      held = usableSigner(theirs, this.#about(client.assertionSigner.clientId), report)
    }
    if (held === undefined) return undefined
    const facts = report.add('signature', await signatureStep(held, this.#http, this.#call))
    const { jwksUrl: url } = this.#options
    const access = { http: this.#http, observer: this.#observer, options: this.#call }
    if (url === undefined) report.add('jwks', notReached('no URL of a JWK set was given'))
    else if (facts !== undefined) report.add('jwks', await jwksStep(url, facts, access))
    return facts
  }

  /** The base: the caller's, or the directory's. */
  async #directory(client: CarequalityClient): Promise<string | undefined> {
    const { organization, baseUrl, directory, otherEnvironments = true } = this.#options
    const report = this.#report
    if (organization === undefined) {
      const why = notReached('a base URL was given, and no organization')
      for (const id of ['directory', 'endpoint'] as const) report.add(id, why)
      return baseUrl
    }
    const { directory: reader } = client
    const observer = this.#directoryObserver
    const access = { reader, observer, options: this.#call, settings: settingsOf(directory) }
    const step = await directoryStep(organization, { ...access, tryOthers: otherEnvironments })
    const entry = report.add('directory', step, 'directory')
    if (entry === undefined) return baseUrl
    const endpoint = await endpointStep(entry, reader, this.#policy, this.#call)
    return report.add('endpoint', endpoint) ?? baseUrl
  }

  async #server(
    client: CarequalityClient,
    baseUrl: string | undefined,
  ): Promise<Responder | undefined> {
    if (baseUrl === undefined) return undefined
    const { organization, tokenEndpoint, baseUrl: given } = this.#options
    const isNamed = organization === undefined || (given ?? tokenEndpoint) !== undefined
    let failure: unknown
    const connect = async (): Promise<Responder> => {
      try {
        return await (isNamed
          ? client.responder({ baseUrl, tokenEndpoint }, this.#call)
          : client.organization(organization, this.#call))
      } catch (error) {
        this.#call.signal?.throwIfAborted()
        failure = error
        throw error
      }
    }
    const responder = this.#report.add('metadata', await metadataStep(connect, this.#observer))
    const udap =
      this.#mode === 'udap'
        ? udapStep(failure, responder, this.#observer)
        : notReached(`mode is ${this.#mode}`)
    this.#report.add('udap', udap)
    return responder
  }

  async #tokenAndRead(
    responder: Responder | undefined,
    facts: SignerFacts | undefined,
  ): Promise<boolean> {
    if (responder === undefined) return false
    const report = this.#report
    const mode = this.#mode
    if (responder.capabilities.tokenEndpoint === undefined) {
      return addOpenServer(responder.capabilities, await this.#read(responder), report)
    }
    const trust = { mode, policy: this.#policy, given: this.#options.tokenEndpoint }
    const endpoint = report.add('token-endpoint', await tokenEndpointStep(responder, trust))
    if (facts === undefined) {
      const why = notReached('there is no key to sign with')
      for (const id of ['assertion', 'token'] as const) report.add(id, why)
      return false
    }
    const attempt = await requestToken(responder, this.#observer, this.#call)
    const { tokenEndpoint = '', signingAlgorithms: algorithms } = responder.capabilities
    const rules = { mode, facts, tokenEndpoint: endpoint ?? tokenEndpoint, algorithms }
    const randomUUID = identifiersOf(this.#options.randomUUID)
    const repeats = randomUUID() === randomUUID()
    const clock = clockFinding(this.#clock())
    report.add('assertion', await assertionStep(attempt, rules, { repeats, clock }))
    const token = report.add('token', tokenStep(attempt, { registered: mode === 'udap', clock }))
    if (token !== undefined) report.add('scope', scopeStep(token))
    if (attempt.error === undefined) report.add('read', await this.#read(responder))
    return false
  }

  async #read(responder: Responder): Promise<Outcome<true>> {
    const { patientId } = this.#options
    return patientId === undefined
      ? notReached('no patient id was given')
      : readStep(responder, patientId, this.#observer, this.#call)
  }

  #clock(): Outcome<true> {
    const seen = new Set([...this.#directoryObserver.seen, ...this.#observer.seen])
    return clockStep([...seen])
  }

  #about(clientId: string): Circumstances {
    return { clientId, mode: this.#mode, now: clockOf(this.#options.now)() }
  }
}

function settingsOf(directory: DiagnoseOptions['directory']): DirectoryOptions | undefined {
  return directory === undefined || isReader(directory) ? undefined : directory
}
