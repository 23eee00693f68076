/** What the gateway offers to a hospital: patients, documents and contents of known organizations. */
import type { CarequalityClient, DiscoverOutcome, Responder } from 'carequality-fhir'
import type { PatientDemographics } from 'carequality-fhir/fhir'

/** One line of the log, without anything of a patient. */
export type Log = (line: Readonly<Record<string, unknown>>) => void

/** Why a record is requested: HL7's codes, each with the scopes that it needs here. */
const purposes: Readonly<Record<string, string>> = {
  TREAT: 'system/Patient.read system/DocumentReference.read system/Binary.read',
  HPAYMT: 'system/Patient.read',
}

/** The same client for one purpose: tokens of different purposes are never mixed. */
export function clientFor(client: CarequalityClient, purposeOfUse: string): CarequalityClient {
  const scope = Object.hasOwn(purposes, purposeOfUse) ? purposes[purposeOfUse] : undefined
  if (scope === undefined) throw new TypeError(`"purpose": ${Object.keys(purposes).join(', ')}`)
  return client.as({ purposeOfUse, scope })
}

/** Asks all organizations. `unanswered` is part of the result: nobody was looked for there. */
export async function find(
  client: CarequalityClient,
  asked: { patient: PatientDemographics; targets: readonly string[]; signal: AbortSignal },
  log: Log,
): Promise<{ candidates: readonly object[]; unanswered: readonly string[] }> {
  const run = client.discover({ ...asked, deadlineMs: 20_000 })
  const candidates: object[] = []
  for await (const outcome of run) candidates.push(...candidatesOf(outcome))
  const { counts, disclosed, unanswered, tookMs } = await run.summary
  log({ event: 'gateway.find', counts, tookMs })
  // The accounting of disclosures: who received which elements, never their values.
  for (const { target, at, elements } of disclosed)
    log({ event: 'gateway.disclosed', organization: target.id, at, elements })
  const text = (one: (typeof unanswered)[number]): string =>
    [`${one.target.id}: ${one.kind}`, one.reason].filter(Boolean).join(', ')
  return { candidates, unanswered: unanswered.map(text) }
}

/** Only `matched` is the server's certain match; a person reviews the others. */
function candidatesOf(outcome: DiscoverOutcome): readonly object[] {
  if (outcome.kind !== 'matched' && outcome.kind !== 'candidates') return []
  const { kind, target, matches } = outcome
  return matches.map(({ resource: { id, name, birthDate } }) => ({
    ...{ organization: target.id, kind, id, name: name?.[0], birthDate },
  }))
}

/** The attachments of a patient's current documents, complete or an error. */
export async function documents(
  { fhir }: Responder,
  patient: string,
  signal: AbortSignal,
): Promise<readonly object[]> {
  const query = { patient, status: 'current' }
  const search = fhir.search('DocumentReference', query, { signal })
  const { resources, complete } = await search.toArray({ max: 500 })
  if (!complete) throw new RangeError('more than 500 documents')
  return resources.flatMap(({ content, date }) =>
    content.map(({ attachment: { title, url, contentType } }) => ({
      title,
      date,
      url,
      contentType,
    })),
  )
}
