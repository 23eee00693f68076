import { describe, expect, test } from 'vitest'
import { DirectoryClient } from '../../../src/directory/directory-client.ts'
import type { DirectoryEndpoint, DirectoryEntry } from '../../../src/directory/model/model.ts'
import { describeCandidate } from '../../../src/directory/select/candidates.ts'
import type { EntryReader } from '../../../src/directory/select/entry-reader.ts'
import {
  selectEndpoint,
  type EndpointSelection,
  type WantedEndpoint,
} from '../../../src/directory/select/select-endpoint.ts'
import { DirectoryError, TransportError } from '../../../src/errors.ts'
import { jsonAnswer, wire, failureOf } from '../../support/answering-fetch.ts'
import { statement, tokenEndpoint, world } from '../../support/fake-responder.ts'
import { base, failure, leaks } from '../../support/fhir-answers.ts'
import { holdsPurpose } from '../../../src/directory/model/purposes.ts'

describe('select endpoint', () => {
  const entry = (...endpoints: DirectoryEndpoint[]): DirectoryEntry => ({
    id: '2.999.1',
    name: 'Clinic',
    active: true,
    endpoints,
    resource: {},
  })
  const fhir = (name: string, parts: Partial<DirectoryEndpoint> = {}): DirectoryEndpoint => ({
    address: `https://fhir.example/${name}`,
    transactions: ['FHIR REST'],
    fhirVersion: '4.0.1',
    status: 'active',
    ...parts,
  })
  const unknown = (parts: Partial<DirectoryEndpoint> = {}): DirectoryEndpoint => ({
    address: 'https://somewhere.example/api',
    ...parts,
  })
  const select = (
    endpoints: DirectoryEndpoint[],
    wanted?: WantedEndpoint,
  ): Promise<EndpointSelection> => selectEndpoint(entry(...endpoints), wanted)
  const takenOf = ({ endpoint }: EndpointSelection): string | undefined =>
    endpoint?.address.split('/').at(-1)
  const taken = async (...endpoints: DirectoryEndpoint[]): Promise<string | undefined> =>
    takenOf(await select(endpoints))
  const words = async (...endpoints: DirectoryEndpoint[]): Promise<readonly string[]> =>
    (await select(endpoints)).candidates.map((one) => describeCandidate(one))

  describe('which endpoint is taken', () => {
    test('the FHIR one beside IHE ones, wherever it stands', async () => {
      const ihe = unknown({ transactions: ['XCPD ITI-55'], connectionTypes: ['ihe-xcpd'] })
      expect(await taken(ihe, fhir('a'), ihe)).toBe('a')
      expect(await taken(fhir('a'), ihe)).toBe('a')
      expect(await taken(ihe, ihe)).toBeUndefined()
    })

    test.each(['suspended', 'error', 'off', 'entered-in-error', 'Active', 'anything'])(
      'one of status %s is left',
      async (status) => {
        expect(await taken(fhir('a', { status }), fhir('b'))).toBe('b')
        expect(await taken(fhir('a', { status }))).toBeUndefined()
        expect(await words(fhir('a', { status }))).toEqual([
          'https://fhir.example/a skipped: its status is not active',
        ])
      },
    )

    test.each([
      ['3.0.1', '4.0.1', 'b'],
      ['1.0.2', '4.0', 'b'],
      ['4.3.0', '4.0.1', 'b'],
      ['5.0.0', '4.0.1', 'b'],
      ['STU3', 'R4', 'b'],
      ['R4B', 'r4', 'b'],
      ['R5', '4', 'b'],
      ['DSTU2', '4.0.1', 'b'],
      ['4.0.0', '4.0.1', 'b'],
      ['4.0.1', '4.0.0', 'a'],
      ['4.0.1', '4.0.1', 'a'],
      [undefined, '4.0.0', 'b'],
      [undefined, 'R4', 'b'],
      ['not a version', 'R4', 'b'],
      ['4.0.0', undefined, 'a'],
      [undefined, undefined, 'a'],
      ['R4', '4.0.1', 'b'],
    ])('of FHIR %s and FHIR %s the right one', async (first, second, expected) => {
      expect(
        await taken(fhir('a', { fhirVersion: first }), fhir('b', { fhirVersion: second })),
      ).toBe(expected)
    })

    test('another version can be wanted', async () => {
      const both = [fhir('a'), fhir('b', { fhirVersion: '3.0.2' })]
      expect((await select(both, { fhirVersion: '3.0' })).endpoint?.address).toMatch(/b$/)
    })

    test.each([
      'http://fhir.example/r4',
      'https://10.1.2.3/r4',
      'https://localhost/r4',
      'https://[fd00::1]/r4',
      'https://ehr.internal/r4',
      'https://user:secret@fhir.example/r4',
      'https://fhir.example/r4#top',
      'https://fhir.example/r 4',
      'mailto:a@direct.example',
      'fhir.example/r4',
      '',
    ])('one at %j is left, and its user info is not shown', async (address) => {
      const { endpoint, candidates } = await select([fhir('a', { address })])
      expect(endpoint).toBeUndefined()
      expect(candidates[0]?.why).toMatch(/^its address may not be requested, /)
      expect(candidates.map((one) => describeCandidate(one)).join()).not.toContain('secret')
      expect(await taken(fhir('a', { address }), fhir('b'))).toBe('b')
    })

    test('the policy of the client decides about addresses', async () => {
      const inside = [fhir('a', { address: 'https://ehr.internal/r4' })]
      expect(
        (await select(inside, { allowedPrivateHosts: ['ehr.internal'] })).endpoint,
      ).toBeDefined()
      const listed = { allowedOrigins: ['https://other.example'] }
      expect((await select([fhir('a')], listed)).endpoint).toBeUndefined()
    })

    test.each([
      ['transactions', 'FHIR REST'],
      ['transactions', 'fhir rest'],
      ['transactions', 'FHIR-REST'],
      ['transactions', 'FHIR_REST'],
      ['transactions', 'FHIRREST'],
      ['transactions', 'HL7 FHIR REST'],
      ['connectionTypes', 'hl7-fhir-rest'],
      ['connectionTypes', 'HL7-FHIR-REST'],
    ])('%s %s is FHIR REST', async (where, code) => {
      const endpoint = fhir('a', { transactions: [], [where]: ['something', code] })
      expect(await taken(unknown({ name: 'x' }), endpoint)).toBe('a')
    })

    test.each(['FHIR', 'REST', 'rest-hook', 'hl7-fhir-msg', 'FHIR RESTRICTED', 'NFHIR REST'])(
      'transaction %s is not',
      async (code) => {
        expect(await taken(fhir('a', { transactions: [code] }), unknown())).toBeUndefined()
      },
    )
  })

  describe('the guess', () => {
    test('takes a single https endpoint of unknown kind and says so', async () => {
      expect(await taken(unknown())).toBe('api')
      expect(await taken(unknown({ name: 'Directory of the Directors', payloads: ['any'] }))).toBe(
        'api',
      )
      expect(await taken(unknown({ connectionTypes: ['rest-hook'], fhirVersion: 'R4' }))).toBe(
        'api',
      )
      expect(await words(unknown())).toEqual([
        'https://somewhere.example/api selected: guessed, the only endpoint and of unknown kind, FHIR version not published, status not published',
      ])
    })

    test.each([
      { transactions: ['ITI-55'] },
      { transactions: ['ITI-38'] },
      { transactions: ['ITI 9'] },
      { transactions: ['ITI_41'] },
      { transactions: ['iti39'] },
      { transactions: ['XCPD'] },
      { transactions: ['XCA-I'] },
      { transactions: ['XDSb'] },
      { transactions: ['Direct Messaging'] },
      { connectionTypes: ['ihe-xcpd'] },
      { connectionTypes: ['ihe_xds'] },
      { connectionTypes: ['direct-project'] },
      { name: 'Our SOAP gateway' },
      { name: 'Soap12' },
      { name: 'DIRECT' },
      { payloads: ['application/soap+xml'] },
      { payloads: ['urn:ihe:pcc:xphr:2007'] },
      { status: 'off' },
      { status: 'test' },
      { fhirVersion: '3.0.1' },
      { address: 'http://somewhere.example/api' },
      { address: 'https://192.168.0.1/api' },
    ])('leaves %j', async (parts) => {
      expect(await taken(unknown(parts))).toBeUndefined()
    })

    test('is not made where there are two, whatever the second one is', async () => {
      expect(await taken(unknown(), unknown())).toBeUndefined()
      expect(await taken(unknown(), unknown({ status: 'off' }))).toBeUndefined()
      expect(await taken()).toBeUndefined()
    })
  })

  describe('verdicts', () => {
    test('tell about every endpoint in words, in document order', async () => {
      expect(
        await words(
          unknown({ transactions: ['XCA ITI-38'] }),
          fhir('old', { fhirVersion: '3.0.1' }),
          fhir('plain', { fhirVersion: undefined, status: undefined }),
          fhir('good'),
          unknown(),
        ),
      ).toEqual([
        'https://somewhere.example/api skipped: XCA ITI-38, not FHIR REST',
        'https://fhir.example/old skipped: it supports FHIR 3.0 and 4.0 is wanted',
        'https://fhir.example/plain skipped: another one comes first',
        'https://fhir.example/good selected: FHIR REST, FHIR 4.0.1, active',
        'https://somewhere.example/api skipped: it does not say that it is FHIR REST',
      ])
      expect(await words(fhir('a', { fhirVersion: undefined, status: undefined }))).toEqual([
        'https://fhir.example/a selected: FHIR REST, FHIR version not published, status not published',
      ])
    })

    test('repeat no text that could break a log line', async () => {
      const shown = (
        await words(
          fhir('a', { fhirVersion: 'x\nforged: line' }),
          unknown({ transactions: ['evil\nforged: line'] }),
          fhir('b', { fhirVersion: `${'9'.repeat(5000)}.0` }),
        )
      ).join(' ')
      expect(shown).not.toMatch(/forged|9999/)
    })
  })

  describe('status, purpose and outage', () => {
    const NOW = Date.parse('2026-06-01T12:00:00Z')

    test('test endpoints are taken where they are asked for, and are no better than others', async () => {
      const endpoints = [fhir('t', { status: 'test' }), fhir('a')]
      expect(takenOf(await select(endpoints))).toBe('a')
      expect(takenOf(await select([fhir('t', { status: 'test' })]))).toBeUndefined()
      expect(takenOf(await select(endpoints, { test: true }))).toBe('t')
      expect(takenOf(await select([fhir('o', { status: 'off' })], { test: true }))).toBeUndefined()
      expect(await words(fhir('t', { status: 'test' }))).toEqual([
        'https://fhir.example/t skipped: it is a test endpoint',
      ])
    })

    test.each([
      [['T-TREAT'], 'TREATMENT', undefined],
      [['TREATMENT'], 'TREAT', 'a'],
      [['Public Health'], 'PUBLICHEALTH', 'a'],
      [['PAYMENT', 'TREATMENT'], 'TREATMENT', 'a'],
      [['PAYMENT'], ['TREATMENT', 'HPAYMT'], 'a'],
      [['PAYMENT'], ['TREATMENT'], undefined],
      [['PAYMENT'], [], 'a'],
      [['PAYMENT'], undefined, 'a'],
      [[], 'TREATMENT', 'a'],
      [undefined, 'TREATMENT', 'a'],
    ])('answers to %j, wanted is %j: %s', async (purposesOfUse, purposeOfUse, expected) => {
      expect(takenOf(await select([fhir('a', { purposesOfUse })], { purposeOfUse }))).toBe(expected)
    })

    test('one that does not answer to the purpose says so', async () => {
      const { candidates } = await select([fhir('a', { purposesOfUse: ['PAYMENT'] })], {
        purposeOfUse: 'TREATMENT',
      })
      expect(candidates.map((one) => describeCandidate(one))).toEqual([
        'https://fhir.example/a skipped: it does not accept the purpose of use',
      ])
    })

    test.each([
      [{ start: '2026-06-01T11:00:00Z', end: '2026-06-01T13:00:00Z' }, 'b'],
      [{ start: '2026-06-01T13:00:00+02:00', end: '2026-06-01T15:00:00+02:00' }, 'b'],
      [{ start: '2026-06-01' }, 'b'],
      [{ end: '2026-06-01' }, 'b'],
      [{ start: '2026-06-01T12:00:01Z', end: '2026-06-01T13:00:00Z' }, 'a'],
      [{ start: '2026-06-01T10:00:00Z', end: '2026-06-01T11:59:59Z' }, 'a'],
      [{ start: 'soon' }, 'a'],
      [{}, 'a'],
    ])('an outage of %j leaves %s', async (outage, expected) => {
      const endpoints = [fhir('a', { downtime: [outage] }), fhir('b')]
      expect(takenOf(await select(endpoints, { now: () => NOW }))).toBe(expected)
    })

    test('an outage of now is told, and counts by the clock that is given', async () => {
      const endpoint = fhir('a', {
        downtime: [
          { start: '2020-01-01', end: '2020-01-02' },
          { start: '2026-06-01', end: '2026-06-01' },
        ],
      })
      const { candidates } = await select([endpoint], { now: () => NOW })
      expect(candidates[0]).toMatchObject({ selected: false, why: 'it is down at this time' })
      expect((await select([endpoint], { now: () => NOW + 86_400_000 })).endpoint).toBe(endpoint)
    })
  })

  describe('several that fit', () => {
    test('stand by version, highest first, then in document order; those without one last', async () => {
      const { endpoint, alternatives, guessed } = await select([
        fhir('none', { fhirVersion: undefined }),
        fhir('odd', { fhirVersion: 'latest' }),
        fhir('0', { fhirVersion: '4.0.0' }),
        fhir('old', { fhirVersion: '3.0.2' }),
        fhir('1', { fhirVersion: '4.0.1' }),
        fhir('off', { status: 'off' }),
        fhir('1b', { fhirVersion: '4.0.1-ballot' }),
      ])
      expect(endpoint?.address).toMatch(/\/1$/)
      expect(alternatives.map(({ address }) => address.split('/').at(-1))).toEqual([
        '1b',
        '0',
        'none',
        'odd',
      ])
      expect(guessed).toBe(false)
    })

    test('the first that stands in the way is the reason: status, kind, address, version, purpose, outage', async () => {
      const all = {
        status: 'off',
        transactions: ['XCA ITI-38'],
        address: 'http://fhir.example/a',
        fhirVersion: '3.0.1',
        purposesOfUse: ['PAYMENT'],
        downtime: [{ start: '2020-01-01' }],
      }
      const steps: [Partial<DirectoryEndpoint>, RegExp][] = [
        [{ status: 'active' }, /status is not active/],
        [{ transactions: ['FHIR REST'] }, /not FHIR REST/],
        [{ address: 'https://fhir.example/a' }, /address may not be requested/],
        [{ fhirVersion: '4.0.1' }, /supports FHIR 3.0/],
        [{ purposesOfUse: ['TREATMENT'] }, /purpose of use/],
        [{ downtime: [] }, /is down/],
      ]
      let endpoint = fhir('a', all)
      for (const [mended, why] of steps) {
        const { candidates } = await select([endpoint], { purposeOfUse: 'TREATMENT' })
        expect(candidates[0]?.why).toMatch(why)
        endpoint = { ...endpoint, ...mended }
      }
      expect((await select([endpoint], { purposeOfUse: 'TREATMENT' })).endpoint).toBe(endpoint)
    })

    test('an own one of another kind does not keep the ancestor from serving', async () => {
      const parent = { ...entry(fhir('parent')), id: '2.999.2', oid: '2.999.2' }
      const child = { ...entry(unknown({ transactions: ['ITI-55'] })), partOf: '2.999.2' }
      const read = (): Promise<DirectoryEntry> => Promise.resolve(parent)
      const { endpoint, servedBy } = await selectEndpoint(child, { parents: { read } })
      expect(endpoint?.address).toMatch(/parent$/)
      expect(servedBy).toBe(parent)
    })
  })

  describe('organization()', () => {
    const entryOf = (id: string, more: Partial<DirectoryEntry>): DirectoryEntry => ({
      id,
      oid: id,
      name: id,
      active: true,
      endpoints: [],
      resource: {},
      ...more,
    })
    const directoryOf = (...entries: DirectoryEntry[]): EntryReader => ({
      read: (id) => {
        const found = entries.find((one) => one.id === id)
        return found === undefined
          ? Promise.reject(new DirectoryError('ERR_CQ_ENTRY_NOT_FOUND', 'no such organization'))
          : Promise.resolve(found)
      },
    })
    const hub = entryOf('2.999.9', {
      endpoints: [{ address: base, transactions: ['FHIR REST'], fhirVersion: '4.0.1' }],
    })

    test('is served by an ancestor two levels up, which explain() tells', async () => {
      const directory = directoryOf(
        entryOf('2.999.7', {
          partOf: '2.999.8',
          endpoints: [
            { address: 'https://xca.example/soap/secret-path', transactions: ['XCA ITI-38'] },
          ],
        }),
        entryOf('2.999.8', { partOf: '2.999.9', active: false }),
        hub,
      )
      const { client, of } = await world(
        { metadata: () => statement({ token: tokenEndpoint }) },
        { directory },
      )
      const responder = await client.organization('2.999.7')
      expect(responder.entry).toMatchObject({ id: '2.999.7' })
      expect(responder.servedBy).toMatchObject({ id: '2.999.9' })
      expect(responder.endpoint).toEqual({ address: base })
      const told = responder.explain().toString()
      for (const words of [
        'directory entry 2.999.7 read',
        'XCA ITI-38, not FHIR REST',
        'entry 2.999.8: it is inactive',
        `${base} selected: FHIR REST, FHIR 4.0.1, status not published`,
        'served by its ancestor 2.999.9',
      ])
        expect(told).toContain(words)
      expect(of('metadata')[0]?.url).toBe(`${base}/metadata`)
    })

    test('that none serves says why, with origins and without paths', async () => {
      const { client, seen } = await world(
        {},
        {
          directory: directoryOf(
            entryOf('2.999.7', {
              partOf: '2.999.8',
              endpoints: [
                { address: 'https://xca.example/secret-path?a=b', transactions: ['XCA ITI-38'] },
                { address: 'https://10.0.0.1/secret-path', transactions: ['FHIR REST'] },
                { address: 'https://u:secret@x.example/secret-path', transactions: ['FHIR REST'] },
                { address: 'secret-path', transactions: ['FHIR REST'] },
              ],
              unreadable: [{ path: 'endpoint.4', reason: 'an Endpoint that was not fetched' }],
            }),
          ),
        },
      )
      const error = await failure(client.organization('2.999.7'))
      expect(error).toMatchObject({ code: 'ERR_CQ_NO_USABLE_ENDPOINT', organization: '2.999.7' })
      for (const words of [
        'https://xca.example skipped: XCA ITI-38, not FHIR REST',
        'https://10.0.0.1 skipped: its address may not be requested',
        'endpoint.4: an Endpoint that was not fetched',
        'its ancestor 2.999.8 is not in the directory',
      ])
        expect(error.message).toContain(words)
      expect(leaks(error, ['secret', 'a=b'])).toEqual([])
      expect(seen).toEqual([])
    })

    test('asks for another purpose than the hub answers to, and hears so', async () => {
      const [endpoint] = hub.endpoints
      if (endpoint === undefined) throw new Error('no endpoint')
      const directory = directoryOf({
        ...hub,
        endpoints: [{ ...endpoint, purposesOfUse: ['PAYMENT'] }],
      })
      const { client } = await world({}, { directory, purposeOfUse: 'TREATMENT' })
      const error = await failure(client.organization('2.999.9'))
      expect(error.message).toContain('it does not accept the purpose of use')
    })

    test('hears of a directory that fails on the way up', async () => {
      const down = new TransportError('ERR_CQ_NETWORK', 'down')
      const child = entryOf('2.999.7', { partOf: '2.999.9' })
      const directory: EntryReader = {
        read: (id) => (id === '2.999.7' ? Promise.resolve(child) : Promise.reject(down)),
      }
      const { client } = await world({}, { directory })
      expect(await failure(client.organization('2.999.7'))).toMatchObject({
        code: 'ERR_CQ_NETWORK',
      })
    })

    test('climbs with one request an entry, and none the second time', async () => {
      const resource = (id: string, more: object): object => ({
        resourceType: 'Organization',
        id,
        active: true,
        ...more,
      })
      const to = wire(({ url }) =>
        jsonAnswer(
          url.endsWith('/2.999.7')
            ? resource('2.999.7', { partOf: { reference: 'Organization/2.999.9' } })
            : resource('2.999.9', {
                contained: [
                  {
                    resourceType: 'Endpoint',
                    id: 'e',
                    status: 'active',
                    address: base,
                    connectionType: { code: 'hl7-fhir-rest' },
                  },
                ],
                endpoint: [{ reference: '#e' }],
              }),
        ),
      )
      const directory = new DirectoryClient({
        ...to.options,
        release: 'carequality-r4',
        environment: 'dev',
        apiKey: 'k',
      })
      const { client, of } = await world(
        { metadata: () => statement({ token: tokenEndpoint }) },
        { directory },
      )
      for (let time = 0; time < 2; time += 1)
        expect((await client.organization('2.999.7')).servedBy?.id).toBe('2.999.9')
      expect(to.requests.map(({ url }) => url.split('/').at(-1))).toEqual(['2.999.7', '2.999.9'])
      expect(of('metadata')).toHaveLength(1)
    })
  })
})

describe('ancestors', () => {
  const fhir = (address: string, more: Partial<DirectoryEndpoint> = {}): DirectoryEndpoint => ({
    address,
    transactions: ['FHIR REST'],
    status: 'active',
    ...more,
  })
  const entry = (id: string, more: Partial<DirectoryEntry> = {}): DirectoryEntry => ({
    id,
    oid: /^[\d.]+$/.test(id) ? id : undefined,
    name: id,
    active: true,
    endpoints: [],
    resource: {},
    ...more,
  })

  function directory(...entries: DirectoryEntry[]): EntryReader & { asked: string[] } {
    const asked: string[] = []
    const read = (id: string): Promise<DirectoryEntry> => {
      asked.push(id)
      const found = entries.find((one) => one.id === id || one.oid === id)
      return found === undefined
        ? Promise.reject(new DirectoryError('ERR_CQ_ENTRY_NOT_FOUND', 'no such organization'))
        : Promise.resolve(found)
    }
    return { asked, read }
  }

  const said = async (start: DirectoryEntry, parents?: EntryReader): Promise<readonly string[]> =>
    (await selectEndpoint(start, { parents })).candidates.map((one) => describeCandidate(one))

  describe('climbing', () => {
    test('ends at the nearest ancestor that serves', async () => {
      const parents = directory(
        entry('1.2', {
          partOf: '1.3',
          endpoints: [fhir('https://off.example', { status: 'off' })],
        }),
        entry('1.3', {
          partOf: '1.4',
          endpoints: [fhir('https://a.example'), fhir('https://b.example')],
        }),
        entry('1.4', { endpoints: [fhir('https://far.example')] }),
      )
      const selection = await selectEndpoint(entry('1.1', { partOf: '1.2' }), { parents })
      expect(selection).toMatchObject({
        endpoint: { address: 'https://a.example' },
        servedBy: { id: '1.3' },
        guessed: false,
        alternatives: [{ address: 'https://b.example' }],
      })
      expect(parents.asked).toEqual(['1.2', '1.3'])
      expect(selection.candidates.map((one) => describeCandidate(one))).toEqual([
        'https://off.example/ skipped: its status is not active',
        'https://a.example/ selected: FHIR REST, FHIR version not published, active',
        'https://b.example/ skipped: another one comes first',
      ])
    })

    test('does not begin where the entry serves itself, or guesses', async () => {
      const parents = directory()
      await selectEndpoint(
        entry('1.1', { partOf: '1.2', endpoints: [fhir('https://a.example')] }),
        {
          parents,
        },
      )
      const guessed = entry('1.1', { partOf: '1.2', endpoints: [{ address: 'https://x.example' }] })
      expect(await selectEndpoint(guessed, { parents })).toMatchObject({ guessed: true })
      expect(parents.asked).toEqual([])
    })

    test('never guesses at an ancestor', async () => {
      const parents = directory(entry('1.2', { endpoints: [{ address: 'https://x.example' }] }))
      expect(await said(entry('1.1', { partOf: '1.2' }), parents)).toEqual([
        'https://x.example/ skipped: it does not say that it is FHIR REST',
      ])
    })

    test('passes by an ancestor that is inactive', async () => {
      const parents = directory(
        entry('1.2', { active: false, partOf: '1.3', endpoints: [fhir('https://no.example')] }),
        entry('1.3', { active: undefined, endpoints: [fhir('https://yes.example')] }),
      )
      expect(await said(entry('1.1', { partOf: '1.2' }), parents)).toEqual([
        'entry 1.2: it is inactive',
        'https://yes.example/ selected: FHIR REST, FHIR version not published, active',
      ])
    })

    test('ends in a circle, by id or by OID', async () => {
      const parents = directory(
        entry('1.2', { partOf: 'org-1' }),
        entry('org-1', { oid: '1.1', partOf: '1.2' }),
      )
      expect(await said(entry('org-1', { oid: '1.1', partOf: '1.2' }), parents)).toEqual([
        'entry org-1: its ancestor org-1 was met before: "partOf" leads in a circle',
      ])
      expect(await said(entry('1.1', { partOf: '1.1' }), parents)).toEqual([])
      expect(await said(entry('org-1', { oid: '1.1', partOf: '1.1' }), parents)).toHaveLength(1)
      expect(parents.asked).toEqual(['1.2'])
    })

    test('ends after ten steps', async () => {
      const chain = Array.from({ length: 15 }, (_, index) =>
        entry(`1.${index + 1}`, { partOf: `1.${index + 2}` }),
      )
      const parents = directory(...chain)
      const [first = entry('0.0')] = chain
      expect(await said(first, parents)).toEqual([
        'entry 1.1: its ancestor 1.12 is more than 10 steps away',
      ])
      expect(parents.asked).toHaveLength(10)
    })

    test.each([
      ['org.sequoia/A name with spaces', 'its ancestor without a readable id cannot be looked up'],
      ['1.02', 'its ancestor without a readable id cannot be looked up'],
      ['1.9', 'its ancestor 1.9 is not in the directory'],
      [' urn:oid:1.9', 'its ancestor 1.9 is not in the directory'],
    ])('ends at %j, in words', async (partOf, why) => {
      expect(await said(entry('1.1', { partOf }), directory())).toEqual([`entry 1.1: ${why}`])
    })

    test('without a reader says so', async () => {
      expect(await said(entry('1.1', { partOf: '1.2' }))).toEqual([
        'entry 1.1: its ancestor 1.2 was not read',
      ])
    })

    test('fails as its reader does, but for what is not there', async () => {
      const down = new TransportError('ERR_CQ_NETWORK', 'down')
      const parents = { read: () => Promise.reject(down) }
      expect(await failureOf(selectEndpoint(entry('1.1', { partOf: '1.2' }), { parents }))).toBe(
        down,
      )
    })

    test('hands the call options to the reader', async () => {
      const { signal } = new AbortController()
      const seen: unknown[] = []
      const parents: EntryReader = {
        read: (id, options) => {
          seen.push(options)
          return Promise.resolve(entry(id))
        },
      }
      await selectEndpoint(entry('1.1', { partOf: '1.2' }), { parents }, { signal, timeoutMs: 5 })
      expect(seen).toEqual([{ signal, timeoutMs: 5 }])
    })
  })

  test('what could not be read of the entry is among the reasons', async () => {
    const unreadable = [{ path: 'endpoint.0', reason: 'an Endpoint that was not fetched' }]
    expect(await said(entry('1.1', { unreadable }))).toEqual([
      'entry 1.1: endpoint.0: an Endpoint that was not fetched',
    ])
  })

  test.each([
    ['fhirVersion', { fhirVersion: 'next' }],
    ['fhirVersion', { fhirVersion: '' }],
    ['purposeOfUse', { purposeOfUse: [''] }],
    ['purposeOfUse', { purposeOfUse: {} }],
    ['test', { test: 'yes' }],
    ['now', { now: 1 }],
    ['parents', { parents: {} }],
    ['allowedPrivateHosts', { allowedPrivateHosts: 'x' }],
    ['wanted', null],
  ])('a wrong "%s" is a TypeError', async (option, wanted) => {
    const error = await failureOf(selectEndpoint(entry('1.1'), wanted as never))
    expect(error).toBeInstanceOf(TypeError)
    expect((error as Error).message).toContain(`"${option}"`)
  })
})

describe('purposes of use', () => {
  /** The code of NHIN, that of HL7's PurposeOfUse, and the display of either. */
  const PURPOSES: readonly (readonly [string, string, string])[] = [
    ['TREATMENT', 'TREAT', 'Treatment'],
    ['PAYMENT', 'HPAYMT', 'Payment'],
    ['OPERATIONS', 'HOPERAT', 'Operations'],
    ['PUBLICHEALTH', 'PUBHLTH', 'Public Health'],
    ['REQUEST', 'PATRQT', 'Request'],
    ['EMERGENCY', 'ETREAT', 'Emergency'],
    ['RESEARCH', 'HRESCH', 'Research'],
  ]
  const TEFCA = ['T-TREAT', 'T-TRTMNT', 'T-IAS', 'T-PYMNT', 'T-HCO', 'T-PH', 'T-GOVDTRM']

  describe('one purpose in two vocabularies', () => {
    test.each(PURPOSES)('%s, %s and %s are the same', (...names) => {
      for (const published of names)
        for (const wanted of names) expect(holdsPurpose([published], [wanted])).toBe(true)
    })

    test('and no two purposes are', () => {
      for (const [first, ones] of PURPOSES.entries())
        for (const [second, others] of PURPOSES.entries())
          for (const published of ones)
            for (const wanted of others)
              expect(holdsPurpose([published], [wanted])).toBe(first === second)
    })

    test.each(['treat', 'Treat', ' TREAT ', 'treat_ment', 'TREAT MENT'])(
      'case, white space and underlines do not matter: %j',
      (spelling) => {
        expect(holdsPurpose([spelling], ['TREATMENT'])).toBe(true)
      },
    )
  })

  describe('the codes of TEFCA', () => {
    test.each(TEFCA)('%s equals only itself', (code) => {
      for (const other of [...TEFCA, ...PURPOSES.flat(), code.slice(2), `${code}X`])
        expect(holdsPurpose([code], [other])).toBe(other === code)
      for (const other of [...TEFCA, ...PURPOSES.flat()])
        expect(holdsPurpose([other], [code])).toBe(other === code)
    })
  })

  describe('lists', () => {
    test.each([
      [['TREATMENT', 'PAYMENT'], ['HPAYMT'], true],
      [['TREATMENT'], ['PAYMENT', 'TREAT'], true],
      [['TREATMENT'], ['PAYMENT', 'OPERATIONS'], false],
      [[], ['TREATMENT'], false],
      [['TREATMENT'], [], false],
      [[], [], false],
      [['something of our own'], ['SOMETHINGOFOUROWN'], true],
    ])('%j hold one of %j: %s', (published, wanted, expected) => {
      expect(holdsPurpose(published, wanted)).toBe(expected)
    })

    test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
      'the word %s means nothing',
      (word) => {
        expect(holdsPurpose([word], ['TREATMENT'])).toBe(false)
        expect(holdsPurpose(['TREATMENT'], [word])).toBe(false)
        expect(holdsPurpose([word], [word])).toBe(true)
      },
    )
  })
})
