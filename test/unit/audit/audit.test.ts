import { describe, expect, test, afterAll } from 'vitest'
import {
  balpAudit,
  type AuditEvent,
  type BalpAuditOptions,
  type AuditTrail,
} from '../../../src/audit/index.ts'
import { lacks, patientsOf, profileOf, queryOf, requestIdOf } from '../../support/balp.ts'
import { statement, tokenEndpoint, world, entry, type World } from '../../support/fake-responder.ts'
import {
  base,
  bundle,
  fhir,
  outcome,
  patient,
  type Answers,
  leaks,
} from '../../support/fhir-answers.ts'
import { deletion, fhirWorld, history, version, type FhirWorld } from '../../support/fhir-world.ts'
import type { ClientEvent } from '../../../src/index.ts'
import { turns, until } from '../../support/time.ts'
import { openTelemetry } from '../../../src/otel/index.ts'
import { telemetry } from '../../support/telemetry.ts'

describe('AuditEvents by BALP', () => {
  const source = { name: 'Record gateway', address: 'gateway.example.org' }
  const user = {
    id: { system: 'urn:oid:1.2.3', value: 'u-7' },
    name: 'Dr. Jo Doe',
    roles: ['Physician'],
  }

  interface Audited extends FhirWorld {
    readonly written: AuditEvent[]
  }

  function audited(answers: Answers, options: Partial<BalpAuditOptions> = {}): Audited {
    const written: AuditEvent[] = []
    const sink = { write: (event: AuditEvent) => Promise.resolve(void written.push(event)) }
    const audit = balpAudit({ sink, source, user, ...options })
    let number = 0
    const randomUUID = (): string =>
      `00000000-0000-4000-8000-${String((number += 1)).padStart(12, '0')}`
    return { ...fhirWorld(answers, { audit, randomUUID }), written }
  }

  const observation = { resourceType: 'Observation', id: 'o1', subject: { reference: 'Patient/7' } }
  const organization = { resourceType: 'Organization', id: 'x' }
  const entries = (...resources: readonly object[]) =>
    resources.map((resource) => ({ resource, search: { mode: 'match' } }))

  interface Row {
    readonly answer: () => Response
    readonly act: (made: Audited) => Promise<unknown>
    /** Profile and Patient of each outcome. */
    readonly events: readonly (readonly [string | undefined, string | undefined])[]
    readonly query?: string
  }

  const rows: Readonly<Record<string, Row>> = {
    'a read of a Patient': {
      answer: () => fhir(200, patient('1')),
      act: ({ patients }) => patients.read('1'),
      events: [['PatientRead', '1']],
    },
    'a read of a version of a Patient': {
      answer: () => fhir(200, patient('1')),
      act: ({ patients }) => patients.vread('1', '2'),
      events: [['PatientRead', '1']],
    },
    'a read that gives the patient whom another was merged into': {
      answer: () => fhir(200, patient('2')),
      act: ({ patients }) => patients.read('1', { followReplacement: true }),
      events: [
        ['PatientRead', '1'],
        ['PatientRead', '2'],
      ],
    },
    'a read of a resource that is about a Patient': {
      answer: () => fhir(200, observation),
      act: ({ fhir: client }) => client.read('Observation', 'o1'),
      events: [['PatientRead', '7']],
    },
    'a read of a resource that is about no Patient': {
      answer: () => fhir(200, organization),
      act: ({ fhir: client }) => client.read('Organization', 'x'),
      events: [['Read', undefined]],
    },
    'an attachment': {
      answer: () => new Response('the content'),
      act: ({ fhir: client }) => client.binary('Binary/b1'),
      events: [['Read', undefined]],
    },
    'a history, for which BALP has no pattern': {
      answer: () => fhir(200, history([version('1', '2'), deletion('1', '1')])),
      act: ({ patients }) => patients.history('1').toArray({ max: 9 }),
      events: [[undefined, '1']],
    },
    'a search that finds two Patients': {
      answer: () => fhir(200, bundle(['1', '2'])),
      act: ({ patients }) => patients.search({ family: 'Zebulon-Marker' }).toArray({ max: 9 }),
      events: [
        ['PatientQuery', '1'],
        ['PatientQuery', '2'],
      ],
      query: `POST ${base}/Patient/_search\n\nfamily=Zebulon-Marker`,
    },
    'a search that finds nobody': {
      answer: () => fhir(200, bundle([])),
      act: ({ patients }) => patients.search({ family: 'Zebulon-Marker' }).first(),
      events: [['Query', undefined]],
      query: `POST ${base}/Patient/_search\n\nfamily=Zebulon-Marker`,
    },
    'a search for what belongs to one Patient, and finds nothing': {
      answer: () => fhir(200, bundle([])),
      act: ({ fhir: client }) => client.search('Observation', { patient: '7', code: 'é' }).first(),
      events: [['PatientQuery', '7']],
      query: `POST ${base}/Observation/_search\n\npatient=7&code=%C3%A9`,
    },
    'a search whose hits bring Patients along': {
      answer: () =>
        fhir(
          200,
          bundle([
            ...entries(observation),
            { resource: patient('8'), search: { mode: 'include' } },
          ]),
        ),
      act: ({ fhir: client }) => client.search('Observation', { code: 'a' }).toArray({ max: 9 }),
      events: [
        ['PatientQuery', '7'],
        ['PatientQuery', '8'],
      ],
      query: `POST ${base}/Observation/_search\n\ncode=a`,
    },
    'a match': {
      answer: () => fhir(200, bundle(['1', '2'])),
      act: ({ patients }) => patients.match({ name: [{ family: 'Müller 🦊' }] }),
      events: [
        ['PatientQuery', '1'],
        ['PatientQuery', '2'],
      ],
      query: `POST ${base}/Patient/$match\n\n${JSON.stringify({
        resourceType: 'Parameters',
        parameter: [
          {
            name: 'resource',
            resource: { name: [{ family: 'Müller 🦊' }], resourceType: 'Patient' },
          },
        ],
      })}`,
    },
    'everything about a Patient': {
      answer: () => fhir(200, bundle(entries(patient('7'), observation, organization))),
      act: ({ patients }) => patients.everything('7').toArray({ max: 9 }),
      events: [['PatientQuery', '7']],
      query: `GET ${base}/Patient/7/$everything`,
    },
    'another operation, for which BALP has no pattern': {
      answer: () => fhir(200, bundle(entries(observation))),
      act: ({ fhir: client }) => client.operation('lastn', { type: 'Observation' }),
      events: [[undefined, '7']],
      query: `GET ${base}/Observation/$lastn`,
    },
  }

  describe('the AuditEvents of', () => {
    test.each(Object.entries(rows))('%s have what their profiles require', async (_, row) => {
      const made = audited(row.answer)
      await row.act(made)
      const [attempt, ...outcomes] = made.written
      expect(attempt?.outcome).toBeUndefined()
      expect(outcomes.map((event) => [profileOf(event), patientsOf(event)[0]])).toEqual(
        row.events.map(([profile, id]) => [profile, id && `${base}/Patient/${id}`]),
      )
      for (const event of made.written) {
        expect(lacks(event)).toEqual([])
        expect(queryOf(event)).toBe(row.query)
        expect(requestIdOf(event)).toBe(made.seen[0]?.headers.get('x-request-id'))
      }
    })

    test('each page name its own Patients, and the link it was asked for by', async () => {
      const made = audited((_, number) =>
        fhir(
          200,
          bundle([String(number)], number < 2 ? { next: `${base}?page=2&name=Zebulon` } : {}),
        ),
      )
      await made.patients.search({ family: 'Zebulon' }).toArray({ max: 9 })
      const outcomes = made.written.filter((event) => event.outcome !== undefined)
      expect(outcomes.map((event) => [patientsOf(event)[0], queryOf(event)])).toEqual([
        [`${base}/Patient/1`, `POST ${base}/Patient/_search\n\nfamily=Zebulon`],
        [`${base}/Patient/2`, `GET ${base}?page=2&name=Zebulon`],
      ])
      expect(new Set(made.written.map(requestIdOf)).size).toBe(2)
    })

    test.each([
      [401, '4', 'login'],
      [403, '4', 'forbidden'],
      [404, '4', 'not-found'],
      [410, '4', 'deleted'],
      [429, '4', 'throttled'],
      [500, '8', 'processing'],
    ] as const)(
      'a read that fails with %i have outcome %s and an OperationOutcome',
      async (status, code, issue) => {
        const made = audited(() => fhir(status, outcome('invalid')))
        await expect(made.patients.read('1')).rejects.toThrow()
        const [, event] = made.written
        expect(event).toMatchObject({
          outcome: code,
          contained: [
            { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: issue }] },
          ],
        })
        expect(event && profileOf(event)).toBeUndefined()
        expect(event && lacks(event)).toEqual([])
        // The server's words stay out: they may be about anybody.
        expect(JSON.stringify(event)).not.toContain('Zebulon')
      },
    )

    test('an access whose query may not be seen mark it as masked, and still conform', async () => {
      const made = audited(() => fhir(200, bundle(['1'])), { query: 'omit' })
      await made.patients.search({ family: 'Zebulon-Marker', birthdate: '1931-02-17' }).first()
      await made.fhir.binary('Binary/b1?name=Zebulon-Marker')
      expect(made.written).toHaveLength(4)
      for (const event of made.written) {
        expect(lacks(event)).toEqual([])
        const text = JSON.stringify(event)
        expect(text).not.toMatch(/Zebulon-Marker|1931-02-17/)
        expect(text).not.toContain(Buffer.from('family').toString('base64').slice(0, 6))
      }
    })

    test('an access name person, purpose, organization, client and run', async () => {
      const written: AuditEvent[] = []
      const oid = '2.16.840.1.113883.3.13.1'
      const asked: string[] = []
      const audit = balpAudit({
        ...{ source: { ...source, site: 'Data centre 2' } },
        sink: { write: (event) => Promise.resolve(void written.push(event)) },
        user: ({ operation }) => {
          asked.push(operation)
          return user
        },
      })
      const directory = {
        read: () => import('../../support/fake-responder.ts').then(({ entry }) => entry(oid)),
      }
      const made = await world(
        { metadata: () => statement({ token: tokenEndpoint }) },
        { audit, directory, purposeOfUse: 'TREAT' },
      )
      const responder = await made.client.organization(oid)
      expect(written).toEqual([])
      const other = responder.as({
        purposeOfUse: ['urn:oid:2.16.840.1.113883.5.8#ETREAT', 'T-TREAT'],
        clientId: 'c2',
      })
      await other.patients.read('1', { runId: 'run-7' })
      await responder.patients.read('1')
      const [, event, , usual] = written
      expect(event && lacks(event)).toEqual([])
      expect(asked).toEqual(['patients.read', 'patients.read'])
      expect(event).toMatchObject({
        source: { site: 'Data centre 2', observer: { display: 'Record gateway' } },
        purposeOfEvent: [
          { coding: [{ system: 'urn:oid:2.16.840.1.113883.5.8', code: 'ETREAT' }] },
          { text: 'T-TREAT' },
        ],
        agent: [
          { who: { identifier: { value: 'c2' } }, requestor: false },
          {
            who: { identifier: { value: `urn:oid:${oid}` } },
            network: { address: base, type: '5' },
          },
          {
            who: { identifier: { system: 'urn:oid:1.2.3', value: 'u-7' }, display: 'Dr. Jo Doe' },
            role: [{ text: 'Physician' }],
            purposeOfUse: [{ coding: [{ code: 'ETREAT' }] }, { text: 'T-TREAT' }],
          },
        ],
      })
      expect(event?.entity?.find(({ name }) => name === 'run')?.what?.identifier?.value).toBe(
        'run-7',
      )
      expect(usual?.purposeOfEvent).toEqual([
        {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'TREAT' }],
        },
      ])
      expect(usual?.agent[0]?.who?.identifier?.value).toBe('fhir.example-hospital.org')
    })

    test('an access without a person name the client as the requestor', async () => {
      const made = audited(() => fhir(200, patient('1')), { user: undefined })
      await made.patients.read('1')
      for (const event of made.written) {
        expect(lacks(event)).toEqual([])
        expect(event.agent.map(({ requestor }) => requestor)).toEqual([true, false])
      }
    })
  })

  test('a client with an audit trail wants a purpose for each access, unless told otherwise', async () => {
    const audit = balpAudit({ sink: { write: () => Promise.resolve() }, source })
    const docs = { metadata: () => statement({ token: tokenEndpoint }) }
    const strict = await world(docs, { audit })
    const responder = await strict.client.responder({ baseUrl: base })
    await expect(responder.patients.read('1')).rejects.toThrow('"purposeOfUse" is needed')
    expect(strict.of('patients')).toEqual([])
    expect(strict.client.describe()).toMatchObject({ requirePurpose: true, audit: 'refuse' })
    const loose = await world(docs, { audit, requirePurpose: false })
    await (await loose.client.responder({ baseUrl: base })).patients.read('1')
    expect((await world(docs)).client.describe()).toMatchObject({
      requirePurpose: false,
      audit: 'off',
    })
  })

  test('an X-Request-Id is sent with audited requests alone, and the server may repeat it in errors', async () => {
    const echo: Answers = ({ headers }) =>
      fhir(404, '', { 'x-request-id': headers.get('x-request-id') ?? 'its-own' })
    const made = audited(echo)
    const error: unknown = await made.patients.read('1').catch((reason: unknown) => reason)
    expect(error).toMatchObject({ requestId: '00000000-0000-4000-8000-000000000001' })
    const plain = fhirWorld(echo)
    await expect(plain.patients.read('1')).rejects.toMatchObject({ requestId: 'its-own' })
  })

  test.each([
    [{ sink: {} }, '"sink.write"'],
    [{ sink: undefined }, '"sink"'],
    [{ source: undefined }, '"source"'],
    [{ source: { name: 'x' } }, '"source.address"'],
    [{ source: { name: 'x', address: '' } }, '"source.address"'],
    [{ user: { name: 'x' } }, '"user.id"'],
    [{ user: { id: { system: 's', value: '' }, name: 'x' } }, '"user.id.value"'],
    [{ user: 5 }, '"user"'],
    [{ onFailure: 'ignore' }, '"onFailure"'],
    [{ query: 'hash' }, '"query"'],
    [{ timeoutMs: 0 }, '"timeoutMs"'],
  ])('balpAudit refuses %j', (wrong, option) => {
    const good = { sink: { write: () => Promise.resolve() }, source }
    expect(() => balpAudit({ ...good, ...wrong } as never)).toThrow(option)
  })
})

describe('when what is recorded', () => {
  const source = { name: 'Record gateway', address: 'gateway.example.org' }
  /** It holds what a message must not show. */
  const thrown = new Error('S3CRET-KEY Zebulon-Marker')
  const throws = (): never => {
    throw thrown
  }
  const rejects = (): Promise<never> => Promise.reject(thrown)
  const hangs = (): Promise<never> => new Promise(() => undefined)

  const stray: unknown[] = []
  const listen = (reason: unknown): void => void stray.push(reason)
  process.on('unhandledRejection', listen)
  afterAll(() => {
    process.off('unhandledRejection', listen)
  })

  type Write = (event: AuditEvent) => Promise<void>

  /** A client whose sink does this with the attempt, and this with the outcome. */
  function audited(
    onFailure: 'refuse' | 'warn',
    attempt: Write | undefined,
    outcome: Write | undefined,
    answer: () => Response | Promise<Response> = () => fhir(200, patient('1')),
  ): FhirWorld & { readonly written: AuditEvent[] } {
    const written: AuditEvent[] = []
    const write = async (event: AuditEvent): Promise<void> => {
      await (event.outcome === undefined ? attempt : outcome)?.(event)
      written.push(event)
    }
    const audit = balpAudit({ sink: { write }, source, onFailure, timeoutMs: 20 })
    return { ...fhirWorld(answer, { audit }), written }
  }

  /** Which records failed. */
  function phasesOf(events: readonly ClientEvent[]): unknown[] {
    return events.map((event) => (event.type === 'audit.failed' ? [event.type, event.phase] : []))
  }

  const failing = [
    ['throws', throws],
    ['rejects', rejects],
    ['hangs', hangs],
  ] as const

  describe('L7: a sink that', () => {
    test.each(failing)('%s at the attempt lets nothing be sent under refuse', async (_, write) => {
      const { patients, seen, events } = audited('refuse', write, undefined)
      const error: unknown = await patients.read('1').catch((reason: unknown) => reason)
      expect(error).toMatchObject({
        ...{ code: 'ERR_CQ_AUDIT_FAILED', name: 'PolicyError', operation: 'patients.read' },
        message: expect.stringContaining('nothing was sent') as unknown,
      })
      expect(seen).toEqual([])
      expect(phasesOf(events)).toEqual([['audit.failed', 'attempt']])
      expect(leaks([error, events])).toEqual([])
    })

    test.each(failing)('%s at the outcome withholds the result under refuse', async (_, write) => {
      const { patients, seen, events } = audited('refuse', undefined, write)
      const error: unknown = await patients.read('1').catch((reason: unknown) => reason)
      expect(error).toMatchObject({
        code: 'ERR_CQ_AUDIT_FAILED',
        message: expect.stringContaining('the result is withheld') as unknown,
      })
      expect(seen).toHaveLength(1)
      expect(leaks([error, events])).toEqual([])
    })

    test.each(failing)('%s changes nothing under warn, and an event says so', async (_, write) => {
      const { patients, events } = audited('warn', write, write)
      await expect(patients.read('1')).resolves.toMatchObject({ id: '1' })
      expect(phasesOf(events)).toEqual([
        ['audit.failed', 'attempt'],
        ['audit.failed', 'outcome'],
      ])
      expect(leaks(events)).toEqual([])
    })

    test.each(failing)('%s leaves the error of a failed call as it is', async (_, write) => {
      for (const onFailure of ['refuse', 'warn'] as const) {
        const { patients } = audited(onFailure, undefined, write, () => fhir(404, ''))
        await expect(patients.read('1')).rejects.toMatchObject({ code: 'ERR_CQ_NOT_FOUND' })
      }
      await turns()
      expect(stray.splice(0)).toEqual([])
    })

    test('gives no promise has kept the event', async () => {
      const { patients } = audited('refuse', (() => undefined) as never, undefined)
      await expect(patients.read('1')).resolves.toMatchObject({ id: '1' })
    })

    test('fails for one of many Patients withholds the page', async () => {
      const write: Write = async (event) => {
        if (JSON.stringify(event).includes('Patient/17')) await rejects()
      }
      const ids = Array.from({ length: 40 }, (_, index) => String(index))
      const { patients } = audited('refuse', undefined, write, () => fhir(200, bundle(ids)))
      await expect(patients.search({ family: 'a' }).toArray({ max: 99 })).rejects.toMatchObject({
        ...{ code: 'ERR_CQ_AUDIT_FAILED', received: 0 },
      })
    })
  })

  test.each([
    ['throws', throws],
    ['rejects', rejects],
    ['hangs', hangs],
    ['gives nonsense', (() => 5) as never],
  ] as const)(
    'L7: a function for the person that %s counts as a failed record',
    async (_, user) => {
      const audit = balpAudit({
        sink: { write: () => Promise.resolve() },
        source,
        user,
        timeoutMs: 20,
      })
      const { patients, seen, events } = fhirWorld(() => fhir(200, patient('1')), { audit })
      const error: unknown = await patients.read('1').catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: 'ERR_CQ_AUDIT_FAILED' })
      expect(seen).toEqual([])
      expect(leaks([error, events])).toEqual([])
    },
  )

  describe('L6: an access', () => {
    test('is recorded before its token is asked for, and before its result is given out', async () => {
      const order: string[] = []
      const write = (event: AuditEvent): Promise<void> => {
        order.push(event.outcome === undefined ? 'attempt' : 'outcome')
        return Promise.resolve()
      }
      const made = await world(
        {
          metadata: () => statement({ token: tokenEndpoint }),
          patients: () => {
            order.push('request')
            return fhir(200, patient('1'))
          },
          token: () => {
            order.push('token')
            return Response.json({ access_token: 'x', token_type: 'Bearer', expires_in: 300 })
          },
        },
        { audit: balpAudit({ sink: { write }, source }), purposeOfUse: 'TREAT' },
      )
      const responder = await made.client.responder({ baseUrl: base })
      await responder.patients.read('1').then(() => order.push('result'))
      expect(order).toEqual(['attempt', 'token', 'request', 'outcome', 'result'])
    })

    test('that waits for its record waits no longer than the call may take', async () => {
      const trail: AuditTrail = { onFailure: 'refuse', attempt: hangs, outcome: hangs }
      const { patients, seen } = fhirWorld(() => fhir(200, patient('1')), { audit: trail })
      await expect(patients.read('1', { timeoutMs: 5 })).rejects.toMatchObject({
        code: 'ERR_CQ_TIMEOUT',
      })
      const left = new AbortController()
      const leaving = patients.read('1', { signal: left.signal })
      const reason = new Error('gone')
      left.abort(reason)
      await expect(leaving).rejects.toBe(reason)
      await turns()
      expect(seen).toEqual([])
      expect(stray.splice(0)).toEqual([])
    })

    test('that its caller leaves is recorded as failed', async () => {
      const left = new AbortController()
      const { patients, written } = audited('refuse', undefined, undefined, () => {
        left.abort()
        return new Promise<Response>(() => undefined)
      })
      await expect(patients.read('1', { signal: left.signal })).rejects.toThrow()
      await until(() => written.length === 2)
      expect(written[1]).toMatchObject({ outcome: '8', outcomeDesc: 'AbortError' })
    })

    test('that is repeated is one access, with one X-Request-Id', async () => {
      const { patients, seen, written } = audited('refuse', undefined, undefined, () =>
        seen.length < 3 ? fhir(503, '') : fhir(200, patient('1')),
      )
      await patients.read('1')
      expect(seen).toHaveLength(3)
      expect(new Set(seen.map(({ headers }) => headers.get('x-request-id'))).size).toBe(1)
      expect(written).toHaveLength(2)
    })

    test('that takes wrong arguments is none', async () => {
      const { patients, written } = audited('refuse', undefined, undefined)
      await expect(patients.read('../Patient')).rejects.toThrow(TypeError)
      await expect(patients.read('1', { runId: 'a b' })).rejects.toThrow('"runId"')
      expect(written).toEqual([])
    })
  })

  test.each([
    [{}, '"audit.attempt"'],
    [{ attempt: rejects, outcome: rejects }, '"audit.onFailure"'],
    [{ attempt: rejects, outcome: rejects, onFailure: 'ignore' }, '"audit.onFailure"'],
    [{ attempt: rejects, outcome: rejects, onFailure: 'warn', timeoutMs: -1 }, '"audit.timeoutMs"'],
    ['text', '"audit"'],
  ])('a client refuses %j as an audit trail', (audit, option) => {
    expect(() => fhirWorld(() => fhir(200, ''), { audit: audit as never })).toThrow(option)
  })
})

describe('a discovery in the audit', () => {
  const OID = '2.16.840.1.113883.3.13.1'
  const patient = { name: [{ family: 'Zebulon' }], birthDate: '1931-02-17' }

  /** A client with one responder, which finds somebody, and a trail of this kind. */
  async function asking(
    write: (event: AuditEvent) => Promise<void>,
    more: object = {},
  ): Promise<World> {
    const source = { name: 'Record gateway', address: 'gateway.example.org' }
    return world(
      {
        metadata: () => statement({ token: tokenEndpoint }),
        patients: () => fhir(200, bundle(['7'])),
      },
      {
        audit: balpAudit({ sink: { write }, source }),
        directory: { read: () => Promise.resolve(entry(OID, base)) },
        purposeOfUse: 'TREAT',
        ...more,
      },
    )
  }

  test('each responder that a discovery asks is an access of its own, and all name the run', async () => {
    const written: AuditEvent[] = []
    const { options, spans } = telemetry()
    const { client, events } = await asking((event) => Promise.resolve(void written.push(event)), {
      instrumentation: openTelemetry(options),
    })
    const { counts } = await client.discover({ patient, targets: [OID] }).summary
    expect(counts).toMatchObject({ candidates: 1 })
    const started = events.find((event) => event.type === 'discover.started')
    const runs = written.map(
      ({ entity = [] }) => entity.find(({ name }) => name === 'run')?.what?.identifier?.value,
    )
    expect(written.length).toBeGreaterThanOrEqual(2)
    expect(new Set(runs)).toEqual(new Set([started?.run]))
    expect(written.flatMap(lacks)).toEqual([])
    expect(written.map(profileOf)).toContain('PatientQuery')
    const asked = spans().filter(({ name }) => name === 'patients.match')
    expect(asked.map(({ attributes }) => attributes['carequality.run_id'])).toContain(started?.run)
  })

  test('a responder whose access is not recorded is skipped, and is sent no demographics', async () => {
    const { client, of } = await asking(() => Promise.reject(new Error('full')))
    const { counts } = await client.discover({ patient, targets: [OID] }).summary
    expect(counts).toMatchObject({ skipped: 1 })
    expect(of('patients')).toEqual([])
  })
})
