import { PolicyError, isCarequalityError } from '../errors.ts'
import type { Call } from '../http/call.ts'
import type { HttpClient } from '../http/client.ts'
import { errorTypeOf } from '../http/observer.ts'
import { Deadline } from '../lib/deadline.ts'
import { requireFunction, requireObject, requireOneOf, requirePositive } from '../lib/arguments.ts'
import type { Access, AccessOutcome, AuditTrail } from '../audit-trail.ts'
import { ownerOf } from './interactions/record-owner.ts'

const RECORD_MS = 5_000

/** What one interaction requests. */
export type AccessFacts = Pick<Access, 'interaction' | 'resource' | 'patientId' | 'request'> &
  Partial<Pick<Access, 'page'>>

/** Who makes the calls, and why. */
export type AuditContext = Pick<Access, 'baseUrl' | 'organization' | 'clientId' | 'purposeOfUse'>

/**
 * Records every access twice: the attempt before anything is sent, so that a crash leaves a trace,
 * and the outcome before anything is returned.
 */
export class Auditor {
  readonly #trail: AuditTrail
  readonly #http: HttpClient
  readonly #context: AuditContext

  constructor(trail: AuditTrail, http: HttpClient, context: AuditContext) {
    this.#trail = trail
    this.#http = http
    this.#context = context
  }

  /**
   * `resourcesOf` returns the resources of a result: each Patient that they are about is recorded.
   */
  async audited<T>(
    call: Call,
    facts: AccessFacts,
    work: () => Promise<T>,
    resourcesOf: (result: T) => Iterable<unknown>,
  ): Promise<T> {
    const access = this.#accessOf(call, facts)
    await this.#require('attempt', access, call, () => this.#trail.attempt(access))
    call.requestId = access.id
    let result: T
    try {
      result = await work()
    } catch (error) {
      await this.#reportFailure(access, error)
      throw error
    }
    const outcome = { at: this.#http.now(), patientIds: patientsIn(facts, resourcesOf(result)) }
    await this.#require('outcome', access, call, () => this.#trail.outcome(access, outcome))
    return result
  }

  #accessOf({ operation, runId, requestId }: Call, facts: AccessFacts): Access {
    const { now, randomUUID } = this.#http
    const id = requestId ?? randomUUID()
    const { page = 1 } = facts
    return { ...this.#context, ...facts, id, at: now(), operation, runId, page }
  }

  /** Throws where the record fails and nothing may go on without it. */
  async #require(
    phase: 'attempt' | 'outcome',
    access: Access,
    call: Call,
    write: () => Promise<void>,
  ): Promise<void> {
    if (await this.#isRecorded(phase, access, write, call.deadline)) return
    call.deadline.throwIfOver()
    if (this.#trail.onFailure === 'warn') return
    const what =
      phase === 'attempt'
        ? 'the audit trail did not record the access, so nothing was sent'
        : 'the audit trail did not record the outcome, so the result is withheld'
    const { operation, organization } = access
    throw new PolicyError('ERR_CQ_AUDIT_FAILED', what, { operation, organization })
  }

  /** The call's error says more than the trail's, and nothing is returned anyway. */
  async #reportFailure(access: Access, error: unknown): Promise<void> {
    const status = isCarequalityError(error) ? error.status : undefined
    const outcome: AccessOutcome = {
      at: this.#http.now(),
      error: { type: errorTypeOf(error), status },
      patientIds: [],
    }
    await this.#isRecorded('outcome', access, () => this.#trail.outcome(access, outcome))
  }

  /**
   * What the trail throws may contain what it was to record: it is neither passed on nor reported.
   */
  async #isRecorded(
    phase: 'attempt' | 'outcome',
    { operation, baseUrl }: Access,
    write: () => Promise<void>,
    caller?: Deadline,
  ): Promise<boolean> {
    const { timeoutMs = RECORD_MS } = this.#trail
    const tooLate = (): Error => new DOMException('too late', 'TimeoutError')
    const deadline = new Deadline(timeoutMs, tooLate, caller)
    try {
      await deadline.race((async () => write())())
      return true
    } catch {
      const { onFailure } = this.#trail
      this.#http.emit({ type: 'audit.failed', operation, baseUrl, phase, onFailure })
      return false
    } finally {
      deadline.end()
    }
  }
}

/** Throws `TypeError` unless it is a trail. */
export function requireAuditTrail(trail: AuditTrail | undefined): AuditTrail | undefined {
  if (trail === undefined) return undefined
  requireObject(trail, 'audit')
  for (const name of ['attempt', 'outcome'] as const) {
    requireFunction(Reflect.get(trail, name), `audit.${name}`, 'needed')
  }
  if (requireOneOf(trail.onFailure, ['refuse', 'warn'], 'audit.onFailure') === undefined) {
    throw new TypeError('"audit.onFailure" must be one of refuse, warn')
  }
  requirePositive(trail.timeoutMs, 'audit.timeoutMs')
  return trail
}

function patientsIn({ patientId }: AccessFacts, resources: Iterable<unknown>): readonly string[] {
  const ids = new Set<string>()
  if (patientId !== undefined) ids.add(patientId)
  for (const resource of resources) {
    const id = ownerOf(resource)
    if (id !== undefined) ids.add(id)
  }
  return [...ids]
}
