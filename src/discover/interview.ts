import { parseUrl } from '../http/policies/parse-url.ts'
import { FhirError, isCarequalityError, PolicyError, TransportError } from '../errors.ts'
import type { PatientDemographics, PatientMatch } from '../fhir/interactions/match.ts'
import type { FirstPage } from '../fhir/pages/page-walk.ts'
import type { Patient } from '../fhir/types.ts'
import { ATTACHED, type AttachedOptions, type Call } from '../http/call.ts'
import type { HttpClient } from '../http/client.ts'
import type { AskControl, AskedTarget, ConnectedTarget } from './asked-target.ts'
import { compareDemographics, isStranger, weightOf } from './demographics.ts'
import type { TargetGate } from './gate.ts'
import { hedged } from './hedge.ts'
import type { Candidates, Disclosure, FoundPatient, Matched, NoMatch } from './outcome.ts'
import type { Question, QuestionStep } from './question.ts'
import type { ServerMemory } from './server-memory.ts'

/** The part of an outcome that an answer decides. */
export type Answered =
  | Pick<Matched, 'kind' | 'matches'>
  | Pick<Candidates, 'kind' | 'matches' | 'truncated' | 'dropped'>
  | Pick<NoMatch, 'kind'>

/** One target, and what it is asked with. */
export interface Interviewed {
  readonly target: AskedTarget
  readonly question: Question
  readonly memory: ServerMemory
  readonly http: HttpClient
  readonly gate: TargetGate
  /** What it was sent is added here, whatever comes back. */
  readonly disclosures: Disclosure[]
  /** By `performance.now`. */
  readonly endsAt: number
  readonly control: AskControl
  readonly onHedge: () => void
}

/** Patients that are kept of one answer. */
const MOST = 50
const NOBODY: Answered = { kind: 'no-match' }
/** It knows some, and names nobody. */
const UNNAMED: Answered = { kind: 'candidates', matches: [], truncated: true, dropped: 0 }

/** The questions to one responder: `$match`, or a search where it has none; least data first. */
export class Interview {
  readonly #asked: Interviewed

  constructor(asked: Interviewed) {
    this.#asked = asked
  }

  async run(connect: (options: AttachedOptions) => Promise<ConnectedTarget>): Promise<Answered> {
    const { question, gate, control } = this.#asked
    const { runId } = control
    const server = await connect({ ...this.#left(), runId, [ATTACHED]: { gate } })
    const [least, more] = question.steps
    const answer = await this.#ask(server, least)
    const { kind } = answer
    if (kind !== 'candidates' || more === undefined || !this.#mayMatch()) return answer
    try {
      const second = await this.#ask(server, more)
      // Who knew somebody by less does not know nobody.
      return second.kind === 'no-match' ? answer : second
    } catch (error) {
      if (this.#asked.control.signal.aborted) throw error
      return answer
    }
  }

  #mayMatch(): boolean {
    const { memory, target, http } = this.#asked
    return !memory.lacksMatch(target.baseUrl, http.now())
  }

  async #ask(server: ConnectedTarget, step: QuestionStep): Promise<Answered> {
    const { memory, target, http } = this.#asked
    const { baseUrl } = target
    if (!this.#mayMatch()) return this.#search(server)
    const isKnown = server.listsMatch || memory.hasMatch(baseUrl)
    try {
      const answer = this.#judged(await this.#match(server, step))
      memory.matched(baseUrl)
      return answer
    } catch (error) {
      if (isKnown && saysNobody(error)) return NOBODY
      if (saysTooMany(error)) return UNNAMED
      if (!lacksOperation(error, isKnown)) throw error
      const found = await this.#search(server)
      memory.cannotMatch(baseUrl, http.now())
      return found
    }
  }

  #match(
    server: ConnectedTarget,
    { demographics, elements }: QuestionStep,
  ): Promise<FirstPage<PatientMatch>> {
    const { onlyCertainMatches } = this.#asked.question
    const certain = onlyCertainMatches ? { onlyCertainMatches } : {}
    return this.#send('match', elements, (options) =>
      server.patients.firstMatches(demographics, { ...options, ...certain }),
    )
  }

  #judged(page: FirstPage<PatientMatch>): Answered {
    const { question } = this.#asked
    const possible = page.items.filter(({ grade }) => grade !== 'certainly-not')
    const alone = question.onlyCertainMatches && possible.length === 1
    const certain = possible.filter(
      ({ grade }) => grade === 'certain' || (alone && grade === undefined),
    )
    const [only, second] = certain
    // Further pages might hold another one.
    if (only !== undefined && second === undefined && !page.hasMore) {
      const found = this.#found(only.resource, 'server', only)
      if (!isStranger(found.agreement)) return { kind: 'matched', matches: [found] }
    }
    const shown = possible.slice(0, MOST)
    return this.#candidates(
      shown.map((match) => this.#found(match.resource, 'server', match)),
      possible.length > MOST || hasOthers(page),
    )
  }

  /** Servers compare by prefix, by sound, by one of the criteria, or not at all: hits are compared here, and are no matches. */
  async #search(server: ConnectedTarget): Promise<Answered> {
    const { search } = this.#asked.question
    let page: FirstPage<Patient>
    try {
      page = await this.#send('search', search.elements, (options) =>
        server.patients.firstHits(search.parameters, options),
      )
    } catch (error) {
      if (saysNobody(error)) return NOBODY
      if (saysTooMany(error)) return UNNAMED
      throw error
    }
    const shown = page.items.slice(0, MOST)
    const found = shown.map((resource) => this.#found(resource, 'unknown'))
    found.sort((a, b) => weightOf(b.agreement) - weightOf(a.agreement))
    return this.#candidates(found, page.items.length > MOST || hasOthers(page))
  }

  /** Without those who were not asked for; where there is nobody else, the criteria were not applied. */
  #candidates(found: readonly FoundPatient[], truncated: boolean): Answered {
    if (found.length === 0) return truncated ? UNNAMED : NOBODY
    const matches = found.filter(({ agreement }) => !isStranger(agreement))
    if (matches.length === 0) throw this.#filterIgnored()
    return { kind: 'candidates', matches, truncated, dropped: found.length - matches.length }
  }

  #found(
    resource: Patient,
    confidence: FoundPatient['confidence'],
    { score, grade }: Omit<PatientMatch, 'resource'> = {},
  ): FoundPatient {
    const { target, question } = this.#asked
    const known: PatientDemographics = resource
    return {
      reference: `${target.baseUrl}/Patient/${asStep(resource.id)}`,
      resource,
      confidence,
      ...(score === undefined ? {} : { score }),
      ...(grade === undefined ? {} : { grade }),
      agreement: compareDemographics(question.patient, known),
    }
  }

  /** One question, noted as a disclosure when it goes out. */
  async #send<T>(
    interaction: Disclosure['interaction'],
    elements: readonly string[],
    ask: (options: AttachedOptions) => Promise<T>,
  ): Promise<T> {
    const { http, gate, disclosures, memory, target, control, onHedge } = this.#asked
    const { hedge: budget, runId } = control
    const limits = { ...this.#left(), runId }
    let isNoted = false
    let onSent: (() => void) | undefined
    gate.onQuestion(() => {
      if (!isNoted) disclosures.push({ at: http.now(), interaction, elements })
      isNoted = true
      onSent?.()
    })
    if (budget === undefined) return ask({ ...limits, [ATTACHED]: { gate } })
    const send = ({ deadline: { signal }, requestId }: Call): Promise<T> =>
      ask({ ...limits, signal, [ATTACHED]: { gate, requestId } })
    const sent = new Promise<void>((resolve) => {
      onSent = resolve
    })
    const p95 = memory.p95(target.baseUrl)
    const again = (): void => {
      isNoted = false
      onHedge()
    }
    return hedged({ http, budget, limits, p95, send, sent, onHedge: again })
  }

  #left(): { readonly signal: AbortSignal; readonly timeoutMs: number } {
    const { endsAt, control } = this.#asked
    const timeoutMs = Math.ceil(endsAt - performance.now())
    if (timeoutMs > 0) return { signal: control.signal, timeoutMs }
    const what = `client.discover took longer than ${control.timeoutMs} ms`
    throw new TransportError('ERR_CQ_TIMEOUT', what, { operation: 'client.discover' })
  }

  #filterIgnored(): PolicyError {
    const { target } = this.#asked
    const what = 'the FHIR server answered with none but Patients who were not asked for'
    const origin = parseUrl(target.baseUrl)?.origin
    return new PolicyError('ERR_CQ_FILTER_IGNORED', what, { operation: 'client.discover', origin })
  }
}

/** The server knows more than it gave. */
function hasOthers({ items, total = 0, hasMore }: FirstPage<unknown>): boolean {
  return hasMore || total > items.length
}

/** 404 with `not-found`: of an operation or a search that is there, that nobody was found. */
function saysNobody(error: unknown): boolean {
  if (!(error instanceof FhirError) || error.status !== 404) return false
  return error.issueCodes?.includes('not-found') === true
}

function saysTooMany(error: unknown): boolean {
  return isCarequalityError(error) && error.code === 'ERR_CQ_TOO_MANY_RESULTS'
}

/** Servers that never heard of `$match` have many ways to say so; of one that lists it, one counts. */
function lacksOperation(error: unknown, isKnown: boolean): boolean {
  if (!isCarequalityError(error)) return false
  if (error.code === 'ERR_CQ_OPERATION_NOT_SUPPORTED') return true
  if (isKnown || error.pathTemplate !== '/Patient/$match') return false
  return [400, 403, 404].includes(error.status ?? 0)
}

/** A server's id as one step of a path: with slashes or dots alone it would lead elsewhere. */
function asStep(id: string | undefined): string {
  return id === undefined || /^\.{1,2}$/.test(id) ? '' : encodeURIComponent(id)
}
