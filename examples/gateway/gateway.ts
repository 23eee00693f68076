/** What the gateway offers to a hospital: patients, documents and contents of known organizations. */
import type { CarequalityClient, DiscoverOutcome } from 'carequality-fhir'
import type { BinaryContent, PatientDemographics } from 'carequality-fhir/fhir'

/** Why a record is requested: HL7's codes, each with the scopes that it needs here. */
export const purposes = {
  TREAT: 'system/Patient.read system/DocumentReference.read system/Binary.read',
  HPAYMT: 'system/Patient.read',
} as const
export type Purpose = keyof typeof purposes

/** One line of the log, without anything of a patient. */
export type Log = (line: Readonly<Record<string, unknown>>) => void

export interface Candidate {
  readonly organization: string
  readonly id: string
  readonly name: string
  readonly birthDate: string | undefined
  /** Only `matched` is the server's certain match; a person reviews the others. */
  readonly kind: 'matched' | 'candidates'
}

export interface Document {
  readonly title: string
  readonly date: string | undefined
  readonly url: string
  readonly contentType: string | undefined
}

export class Gateway {
  readonly #client: CarequalityClient
  readonly #organizations: readonly string[]
  readonly #log: Log

  constructor(client: CarequalityClient, organizations: readonly string[], log: Log) {
    this.#client = client
    this.#organizations = organizations
    this.#log = log
  }

  /** Asks all organizations. `unanswered` is part of the result: nobody was looked for there. */
  async find(
    patient: PatientDemographics,
    purpose: Purpose,
    signal: AbortSignal,
  ): Promise<{ candidates: readonly Candidate[]; unanswered: readonly string[] }> {
    const targets = this.#organizations
    const run = this.#for(purpose).discover({ patient, targets, signal, deadlineMs: 20_000 })
    const candidates: Candidate[] = []
    for await (const outcome of run) candidates.push(...candidatesOf(outcome))
    const { counts, disclosed, unanswered, tookMs } = await run.summary
    this.#log({ event: 'gateway.find', purpose, counts, tookMs })
    // The accounting of disclosures: who received which elements, never their values.
    for (const { target, at, elements } of disclosed) {
      this.#log({ event: 'gateway.disclosed', purpose, organization: target.id, at, elements })
    }
    const reasons = unanswered.map(
      ({ target, kind, reason }) => `${target.id}: ${[kind, reason].filter(Boolean).join(', ')}`,
    )
    return { candidates, unanswered: reasons }
  }

  /** The current documents of a patient, complete or an error. */
  async documents(
    organization: string,
    patient: string,
    purpose: Purpose,
    signal: AbortSignal,
  ): Promise<readonly Document[]> {
    const { fhir } = await this.#for(purpose).organization(organization, { signal })
    const found: Document[] = []
    const list = fhir.search('DocumentReference', { patient, status: 'current' }, { signal })
    for await (const { content, date, type } of list) {
      for (const { attachment } of content) {
        const { url, contentType } = attachment
        const title = attachment.title ?? type?.text ?? 'A document'
        if (url !== undefined) found.push({ title, date, url, contentType })
      }
    }
    return found
  }

  /** One attachment as a stream; a URL outside of the organization's FHIR server is rejected. */
  async content(
    organization: string,
    url: string,
    purpose: Purpose,
    signal: AbortSignal,
  ): Promise<BinaryContent> {
    const { fhir } = await this.#for(purpose).organization(organization, { signal })
    return fhir.binary(url, { signal })
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  /** The same client for one purpose: tokens of different purposes are never mixed. */
  #for(purposeOfUse: Purpose): CarequalityClient {
    return this.#client.as({ purposeOfUse, scope: purposes[purposeOfUse] })
  }
}

function candidatesOf(outcome: DiscoverOutcome): readonly Candidate[] {
  if (outcome.kind !== 'matched' && outcome.kind !== 'candidates') return []
  return outcome.matches.map(({ resource }) => ({
    organization: outcome.target.id,
    id: resource.id ?? '',
    name: [...(resource.name?.[0]?.given ?? []), resource.name?.[0]?.family].join(' '),
    birthDate: resource.birthDate,
    kind: outcome.kind,
  }))
}
