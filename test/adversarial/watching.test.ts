/** The canary: secrets and patient values are planted everywhere, and looked for in all that watches. */
import { describe, expect, test } from 'vitest'
import { balpAudit, type AuditEvent } from '../../src/audit/index.ts'
import { CarequalityClient, isCarequalityError, type ClientEvent } from '../../src/index.ts'
import { openTelemetry } from '../../src/otel/index.ts'
import { createSandbox } from '../../src/testing/index.ts'
import { fhir, outcome } from '../support/fhir-answers.ts'
import { telemetry } from '../support/telemetry.ts'

const OID = '2.16.840.1.113883.3.13.1'
/** Of the sandbox's patients, and of those who are searched for in vain. */
const VALUES = ['1316024', 'Peters', 'Timothy', '1946-04-05', 'Zebulon', '1931-02-17', 'MRN-777']

interface Watched {
  readonly events: ClientEvent[]
  readonly shown: string
  readonly audit: readonly AuditEvent[]
  readonly secrets: ReadonlySet<string>
  readonly codes: readonly string[]
}

/** Everything that a client does, well and badly, and what was to be seen of it. */
async function watched(query: 'include' | 'omit'): Promise<Watched> {
  const { options, spans, metrics, under } = telemetry()
  const sandbox = await createSandbox()
  const events: ClientEvent[] = []
  const audit: AuditEvent[] = []
  const secrets = new Set([sandbox.options.directory.apiKey])
  let made = 0
  let fault: ((request: Request) => Response | undefined) | undefined
  const client = new CarequalityClient({
    ...sandbox.options,
    purposeOfUse: 'TREATMENT',
    // No pauses between attempts.
    randomUUID: () => `00000000-0000-4000-8000-${String((made += 1)).padStart(12, '0')}`,
    onEvent: (event) => events.push(event),
    instrumentation: openTelemetry({
      ...options,
      propagateTo: ['https://fhir-ehr.stagingcerner.com'],
    }),
    audit: balpAudit({
      source: { name: 'Record gateway', address: 'gateway.example.org' },
      sink: { write: (event) => Promise.resolve(void audit.push(event)) },
      query,
    }),
    fetch: async (request) => {
      const sent = await request.clone().text()
      const assertion = new URLSearchParams(sent).get('client_assertion')
      for (const part of [assertion, ...(assertion ?? '').split('.')]) if (part) secrets.add(part)
      const response = fault?.(request) ?? (await sandbox.fetch(request))
      const body = await response.clone().text()
      const [, token] = /"access_token":\s*"([^"]+)"/.exec(body) ?? []
      if (token !== undefined) secrets.add(token)
      return response
    },
  })
  const codes: string[] = []
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    await under(work).catch((error: unknown) => {
      codes.push(isCarequalityError(error) ? error.code : String(error))
    })
  }
  const responder = await client.organization(OID)
  const { patients, fhir: other } = responder
  const person = {
    ...{ family: 'Zebulon', birthdate: '1931-02-17' },
    identifier: { system: 'urn:oid:1.2', value: 'MRN-777' },
  }
  await attempt(() => patients.read('1316024'))
  await attempt(() => patients.search({ family: 'Peters', given: 'Timothy' }).toArray({ max: 9 }))
  await attempt(() => patients.search(person).toArray({ max: 9 }))
  await attempt(() => patients.match({ name: [{ family: 'Zebulon' }], birthDate: '1931-02-17' }))
  await attempt(() => patients.everything('1316024').toArray({ max: 99 }))
  await attempt(() => patients.history('1316024').toArray({ max: 9 }))
  await attempt(() => patients.read('MRN-777'))
  await attempt(() => other.search('Observation', { patient: '1316024' }).toArray({ max: 9 }))
  await attempt(() => other.binary('Binary/MRN-777?name=Zebulon'))
  await attempt(() => client.organization('2.999.1'))
  const ofPatients = (response: () => Response) => (request: Request) =>
    request.url.includes('/Patient') ? response() : undefined
  for (const response of [
    () => fhir(503, outcome('Zebulon')),
    () => fhir(401, outcome('Zebulon'), { 'www-authenticate': 'Bearer error="Zebulon"' }),
    () => fhir(302, '', { location: 'https://evil.example/?name=Zebulon' }),
    () => new Response('<html>Zebulon 1931-02-17'),
    () => fhir(200, { resourceType: 'Patient', id: 'MRN-777', name: [{ family: 'Zebulon' }] }),
    (): never => {
      throw new TypeError('Zebulon MRN-777 1931-02-17')
    },
  ]) {
    fault = ofPatients(response)
    await attempt(() => patients.read('1316024'))
    await attempt(() => patients.search(person).first())
  }
  await client.close()
  const watchedSpans = spans().map(({ name, attributes, events: on, status, links }) => ({
    ...{ name, attributes, on, status, links },
  }))
  const shown = JSON.stringify([events, watchedSpans, await metrics()])
  return { events, shown, audit, secrets, codes }
}

/** What is left of an AuditEvent without the places where the profile wants patient data. */
function withoutItsPlaces(event: AuditEvent): string {
  const entity = event.entity?.map(({ what, query, ...rest }) => ({
    ...rest,
    ...{ query: query && '(a query)', what: what?.identifier },
  }))
  return JSON.stringify({ ...event, entity })
}

const within = (text: string, values: Iterable<string>): string[] =>
  [...values].filter((value) => text.toLowerCase().includes(value.toLowerCase()))

describe('B1, B2, B6: of what is planted everywhere', () => {
  test('events, spans and metrics show nothing', async () => {
    const { shown, secrets, codes } = await watched('include')
    expect(secrets.size).toBeGreaterThan(4)
    expect(shown.length).toBeGreaterThan(10_000)
    expect(codes).toEqual(
      expect.arrayContaining(['ERR_CQ_NOT_FOUND', 'ERR_CQ_NETWORK', 'ERR_CQ_REDIRECT_REFUSED']),
    )
    expect(within(shown, secrets)).toEqual([])
    expect(within(shown, VALUES)).toEqual([])
    expect(within(shown, VALUES.map(btoa))).toEqual([])
  })

  test('AuditEvents show patient values where the profile wants them, and no secret', async () => {
    const { audit, secrets } = await watched('include')
    expect(audit.length).toBeGreaterThan(30)
    const text = JSON.stringify(audit)
    const queries = audit.flatMap(({ entity = [] }) => entity.flatMap(({ query }) => query ?? []))
    const decoded = queries.map((query) => Buffer.from(query, 'base64').toString()).join('\n')
    expect(within(`${text} ${decoded}`, secrets)).toEqual([])
    expect(within(decoded, ['Zebulon', '1931-02-17', 'MRN-777'])).toHaveLength(3)
    expect(text).toContain('/Patient/1316024"')
    for (const event of audit) expect(within(withoutItsPlaces(event), VALUES)).toEqual([])
  })

  test('AuditEvents whose query is omitted show ids of patients and nothing else', async () => {
    const { audit } = await watched('omit')
    const text = JSON.stringify(audit)
    expect(within(text, VALUES)).toEqual(['1316024', 'MRN-777'])
    for (const event of audit) expect(within(withoutItsPlaces(event), VALUES)).toEqual([])
  })
})
