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
import { jsonAnswer, wire } from '../../support/answering-fetch.ts'
import { statement, tokenEndpoint, world } from '../../support/fake-responder.ts'
import { base, failure, leaks } from '../../support/fhir-answers.ts'

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
    expect(await taken(fhir('a', { fhirVersion: first }), fhir('b', { fhirVersion: second }))).toBe(
      expected,
    )
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
    expect((await select(inside, { allowedPrivateHosts: ['ehr.internal'] })).endpoint).toBeDefined()
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
    expect(await taken(unknown({ connectionTypes: ['rest-hook'], fhirVersion: 'R4' }))).toBe('api')
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
    expect(await failure(client.organization('2.999.7'))).toMatchObject({ code: 'ERR_CQ_NETWORK' })
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
