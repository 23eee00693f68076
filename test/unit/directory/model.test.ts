import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { unwrap } from '../../../src/directory/api/responses.ts'
import { readEntry } from '../../../src/directory/model/entry.ts'
import type { DirectoryEntry } from '../../../src/directory/model/model.ts'
import { parseXml } from '../../../src/directory/api/xml.ts'
import { organizationR4, organizationXml } from '../../../src/testing/directory-documents.ts'
import { naiveJson } from '../../../src/testing/naive-json.ts'
import { organizations } from '../../../src/testing/organizations.ts'
import { describeCandidate } from '../../../src/directory/select/candidates.ts'
import { selectEndpoint } from '../../../src/directory/select/select-endpoint.ts'
import { shownKind } from '../../../src/directory/model/shown.ts'

describe('model', () => {
  const origin = (host: string): string => `https://${host}`
  const [connectathon] = organizations
  const samples = new URL('../../fixtures/directory/', import.meta.url)
  const sample = (name: string): string => readFileSync(new URL(name, samples), 'utf8')

  const modelOf = (resource: unknown): object => {
    const { resource: kept, ...model } = readEntry(unwrap(resource, 'Organization')) ?? {}
    expect(kept).toBeTypeOf('object')
    return model
  }
  const extension = (name: string, value: object): object => ({
    url: `https://sequoiaproject.org/fhir/sphd/StructureDefinition/${name}`,
    ...value,
  })
  const read = (parts: object): DirectoryEntry | undefined =>
    readEntry({ resourceType: 'Organization', id: '2.999.1', ...parts })

  describe('one organization in the spellings of the directories', () => {
    const shared = {
      id: '2.16.840.1.113883.3.13.1',
      oid: '2.16.840.1.113883.3.13.1',
      name: 'Connectathon Server (sandbox, not Cerner)',
      aliases: [],
      active: true,
      types: ['Connection'],
      contacts: [
        {
          purpose: 'Operations',
          name: 'Pat Example',
          telecom: [{ system: 'email', value: 'ops@example.org' }],
        },
      ],
      position: { latitude: 39.0997, longitude: -94.5786 },
      partOf: '2.16.840.1.113883.3.13',
      managingOrganization: '2.16.840.1.113883.3.13',
      purposesOfUse: [],
      unreadable: [],
    }
    const address = {
      lines: ['1 Example Way'],
      city: 'Kansas City',
      state: 'MO',
      postalCode: '64117',
      position: shared.position,
    }
    const legacyEndpoint = {
      source: 'contained',
      status: undefined,
      purposesOfUse: ['Treatment'],
      roles: ['All'],
      downtime: [],
    }
    const legacy = {
      ...shared,
      addresses: [{ ...address, use: 'work', text: undefined, country: 'USA' }],
      domains: [],
      lastUpdated: '2020-05-14T23:23:01.625+00:00',
      endpoints: [
        {
          ...legacyEndpoint,
          address: 'https://fhir-ehr.stagingcerner.com/ihe/xcpd',
          name: 'XCPD ITI-55',
          connectionTypes: ['ihe-xcpd'],
          transactions: ['XCPD ITI-55'],
          payloads: ['application/soap+xml'],
          fhirVersion: '2.0',
        },
        {
          ...legacyEndpoint,
          address: 'https://fhir-ehr.stagingcerner.com/beta/0b8a0111-e8e6-4c26-a91c-5069cbc6b1ca/',
          name: 'FHIR R4',
          connectionTypes: ['rest-hook'],
          transactions: ['FHIR REST'],
          payloads: ['application/json'],
          fhirVersion: '4.0.1',
        },
      ],
    }

    test('the legacy XML', async () => {
      if (connectathon === undefined) throw new Error('no organization')
      const xml = organizationXml(connectathon, origin)
      expect(modelOf(await parseXml(xml, {}))).toEqual(legacy)
    })

    test('its naive JSON', () => {
      if (connectathon === undefined) throw new Error('no organization')
      const naive: unknown = JSON.parse(naiveJson(organizationXml(connectathon, origin)))
      expect(modelOf(naive)).toEqual(legacy)
    })

    test('FHIR R4', () => {
      if (connectathon === undefined) throw new Error('no organization')
      const endpoint = {
        source: 'contained',
        status: 'active',
        payloads: ['any'],
        purposesOfUse: ['TREATMENT'],
        roles: [],
        downtime: [],
      }
      expect(modelOf(organizationR4(connectathon, origin))).toEqual({
        ...shared,
        addresses: [
          {
            ...address,
            use: undefined,
            text: '1 Example Way Kansas City MO 64117 US',
            country: 'US',
          },
        ],
        domains: ['CQ'],
        lastUpdated: '2025-09-01T12:00:00.000Z',
        endpoints: [
          {
            ...endpoint,
            address: 'https://fhir-ehr.stagingcerner.com/ihe/xcpd',
            name: 'XCPD ITI-55',
            connectionTypes: ['ihe-xcpd'],
            transactions: ['XCPD ITI-55'],
            fhirVersion: '2.0',
          },
          {
            ...endpoint,
            address:
              'https://fhir-ehr.stagingcerner.com/beta/0b8a0111-e8e6-4c26-a91c-5069cbc6b1ca/',
            name: 'FHIR REST',
            connectionTypes: ['hl7-fhir-rest'],
            transactions: ['FHIR REST'],
            fhirVersion: '4.0.1',
          },
        ],
      })
    })
  })

  describe('the samples', () => {
    const json = (name: string): unknown => JSON.parse(sample(name))

    test('stu3-organization.xml', async () => {
      expect(modelOf(await parseXml(sample('stu3-organization.xml'), {}))).toMatchObject({
        oid: '2.999.79.1',
        name: 'Larch Hospital',
        active: true,
        types: ['Connection'],
        contacts: [{ purpose: 'Support', name: 'Sam Specimen' }],
        addresses: [{ use: 'work', lines: ['8 Larch Street'], city: 'Helena', country: 'USA' }],
        position: { latitude: 46.6, longitude: -112 },
        partOf: '2.999.79',
        managingOrganization: '2.999.79',
        lastUpdated: '2026-02-03T04:05:06.007+00:00',
        endpoints: [
          {
            address: 'https://fhir.larch.example/r4/',
            connectionTypes: ['rest-hook'],
            transactions: ['FHIR REST'],
            payloads: ['application/json'],
            fhirVersion: '4.0.1',
            purposesOfUse: ['Treatment'],
            roles: ['All'],
          },
        ],
        unreadable: [],
      })
    })

    test('stu3-bundle-naive.json', () => {
      const bundle = json('stu3-bundle-naive.json') as {
        Bundle: { entry: { resource: unknown }[] }
      }
      expect(modelOf(bundle.Bundle.entry[0]?.resource)).toMatchObject({
        id: '2.999.79.1',
        active: true,
        types: ['Connection'],
        addresses: [{ lines: ['8 Larch Street'], postalCode: '59601' }],
        position: { latitude: 46.6, longitude: -112 },
        partOf: '2.999.79',
        managingOrganization: '2.999.79',
        endpoints: [{ address: 'https://fhir.larch.example/r4/', transactions: ['FHIR REST'] }],
      })
    })

    test.each([
      ['directory-page-1.json', ['2.999.78', '2.999.78.1']],
      ['directory-page-2.json', ['2.999.78.2']],
      ['directory-page-with-outcome.json', ['2.999.78.1', undefined]],
    ])('%s', (name, ids) => {
      const { entry } = json(name) as { entry: { resource: unknown }[] }
      const found = entry.map(({ resource }) => unwrap(resource, 'Organization'))
      expect(found.map((one) => (one === undefined ? undefined : readEntry(one)?.oid))).toEqual(ids)
    })

    test('directory-page-1.json, the hospital', () => {
      const { entry } = json('directory-page-1.json') as {
        entry: { resource: unknown }[]
      }
      expect(modelOf(entry[1]?.resource)).toMatchObject({
        name: 'Juniper Hospital',
        types: ['Connection'],
        contacts: [
          {
            purpose: 'Support',
            name: 'Sam Specimen',
            telecom: [
              { system: 'email', value: 'help@juniper.example' },
              { system: 'phone', value: '555-0178' },
            ],
          },
        ],
        position: { latitude: 41.6, longitude: -91.5 },
        domains: ['CQ'],
        managingOrganization: '2.999.78',
        lastUpdated: '2026-02-03T04:05:06.000Z',
        endpoints: [
          {
            status: 'active',
            fhirVersion: '4.0.1',
            purposesOfUse: ['TREATMENT'],
            payloads: ['any'],
          },
          { status: 'off', fhirVersion: '3.0.1' },
        ],
        unreadable: [],
      })
    })

    test('rce-organization.json', () => {
      expect(modelOf(json('rce-organization.json'))).toEqual({
        id: 'QHIN-birch',
        // Its identifier is 7.7.7.7, and the first arc of an OID is 0, 1 or 2.
        oid: undefined,
        name: 'Birch QHIN',
        aliases: [],
        active: false,
        types: ['QHIN'],
        contacts: [
          {
            purpose: 'ADMIN',
            name: 'Specimen, Sam',
            telecom: [
              { system: 'phone', value: '555-0179' },
              { system: 'email', value: 'desk@birch.example' },
            ],
          },
        ],
        addresses: [
          {
            use: 'work',
            text: 'Main',
            lines: ['5 Birch Way'],
            city: 'Madison',
            state: 'WI',
            postalCode: '5370',
            country: 'US',
            position: { latitude: 43.07, longitude: -89.4 },
          },
        ],
        position: { latitude: 43.07, longitude: -89.4 },
        partOf: undefined,
        managingOrganization: 'QHIN-birch',
        domains: ['RCE'],
        purposesOfUse: [],
        lastUpdated: undefined,
        endpoints: [],
        unreadable: [],
      })
    })

    test('rce-endpoint.json, contained', () => {
      const contained = [json('rce-endpoint.json')]
      expect(read({ contained })?.endpoints).toEqual([
        {
          address: 'https://fhir.birch.example/r4',
          source: 'contained',
          name: 'Birch FHIR',
          connectionTypes: ['hl7-fhir-rest'],
          transactions: ['FHIR REST'],
          payloads: ['any'],
          fhirVersion: '4.0.1',
          status: 'active',
          purposesOfUse: [],
          roles: ['112247003'],
          downtime: [],
        },
      ])
    })
  })

  describe('members', () => {
    test.each([
      [{ contact: [{ purpose: { text: 'Ops' } }] }, []],
      [
        { contact: { name: { given: ['A', 'B'], family: 'C' }, telecom: { value: 'x' } } },
        [{ purpose: undefined, name: 'A B C', telecom: [{ system: undefined, value: 'x' }] }],
      ],
      [
        {
          contact: [
            {
              purpose: { value: 'P' },
              telecom: [{ system: 'fax' }, null, { value: { value: 7 } }],
            },
          ],
        },
        [{ purpose: 'P', name: undefined, telecom: [{ system: undefined, value: '7' }] }],
      ],
    ])('contacts of %j', (parts, contacts) => {
      expect(read(parts)?.contacts).toEqual(contacts)
    })

    test.each([
      [{ latitude: 91, longitude: 0 }],
      [{ latitude: 0, longitude: -181 }],
      [{ latitude: 'north', longitude: 0 }],
      [{ latitude: 1 }],
      [null],
    ])('a position of %j is none', (position) => {
      const address = {
        extension: [extension('OrgLocation', { valueReference: { reference: '#l' } })],
      }
      const contained = [{ resourceType: 'Location', id: 'l', position }]
      const entry = read({ address, contained })
      expect(entry?.position).toBeUndefined()
      expect(entry?.addresses).toHaveLength(1)
    })

    test('extensions are found by the last word of their URL, in any case, one level deep', () => {
      const valueCodeableConcept = { coding: [{ code: 'FHIR REST' }] }
      const nested = (depth: number): object =>
        depth === 0
          ? { url: 'TRANSACTION ', valueCodeableConcept }
          : { url: 'https://outer/1.0.0', extension: [nested(depth - 1)] }
      const transactionsOf = (one: object): unknown =>
        read({ contained: { resourceType: 'Endpoint', address: 'a', extension: one } })
          ?.endpoints[0]?.transactions
      expect(transactionsOf(nested(0))).toEqual(['FHIR REST'])
      expect(transactionsOf([nested(1), nested(0)])).toEqual(['FHIR REST', 'FHIR REST'])
      expect(transactionsOf(nested(2))).toEqual([])
      expect(transactionsOf({ url: 'x/NotTransaction', valueCodeableConcept })).toEqual([])
    })

    test('domains, purposes and aliases are codes, displays are not repeated', () => {
      const coding = { code: 'TREATMENT', display: 'Treatment' }
      const entry = read({
        alias: ['A', { value: 'B' }, 7, null],
        extension: [
          extension('Domains', { valueCoding: { code: 'CQ', display: 'Carequality' } }),
          extension('Domains', { valueCoding: { display: 'words only' } }),
          extension('PurposesOfUse', { valueCodeableConcept: { coding: [coding], text: 'x' } }),
        ],
      })
      expect(entry).toMatchObject({
        aliases: ['A', 'B', '7'],
        domains: ['CQ', 'words only'],
        purposesOfUse: ['TREATMENT'],
      })
    })

    test('what of an entry cannot be read is named, without values', () => {
      const entry = read({
        contained: [{ resourceType: 'Endpoint', name: 'secret' }, { Endpoint: [{ id: 'secret' }] }],
        endpoint: [{ reference: '#secret-id' }, {}, 'secret', { reference: 'Endpoint/secret' }],
      })
      expect(entry?.unreadable).toEqual([
        { path: 'contained.0', reason: 'an Endpoint without an address' },
        { path: 'contained.1', reason: 'an Endpoint without an address' },
        { path: 'endpoint.0', reason: 'a contained Endpoint that is not there' },
        { path: 'endpoint.1', reason: 'a reference that leads nowhere' },
        { path: 'endpoint.2', reason: 'a reference that leads nowhere' },
        { path: 'endpoint.3', reason: 'an Endpoint that was not fetched' },
      ])
    })
  })
})

/** A user's own reader, a fake or a damaged copy may give anything as an entry. */
describe('entries of other makers', () => {
  const good = { address: 'https://a.example/r4', transactions: ['FHIR REST'] }
  const entryOf = (parts: object): DirectoryEntry =>
    JSON.parse(
      JSON.stringify({ id: '2.999.1', name: 'A', endpoints: [], ...parts }),
    ) as DirectoryEntry
  const read = (given: unknown): { read: () => Promise<DirectoryEntry> } => ({
    read: () => Promise.resolve(given as DirectoryEntry),
  })

  describe('an endpoint that cannot be read', () => {
    test.each<[string, unknown]>([
      ['null', null],
      ['a number', 5],
      ['a list', []],
      ['without an address', { transactions: [] }],
      ['transactions null', { ...good, transactions: null }],
      ['transactions a text', { ...good, transactions: 'FHIR REST' }],
      ['connection types of objects', { ...good, connectionTypes: [{}] }],
      ['payloads a number', { ...good, payloads: 5 }],
      ['a version that is a number', { ...good, fhirVersion: 4 }],
      ['versions of numbers', { ...good, fhirVersions: [4] }],
      ['a status that is a list', { ...good, status: ['active'] }],
      ['purposes null', { ...good, purposesOfUse: null }],
      ['a period of numbers', { ...good, period: { start: 5 } }],
      ['downtimes of null', { ...good, downtime: [null] }],
    ])('%s is a remark, and the good one is chosen', async (_, bad) => {
      const { endpoint, candidates } = await selectEndpoint(entryOf({ endpoints: [bad, good] }), {
        purposeOfUse: 'TREAT',
      })
      expect(endpoint?.address).toBe(good.address)
      expect(candidates.map(({ why }) => why)).toContain(
        'endpoints.0: an Endpoint that cannot be read',
      )
    })

    test('nothing is guessed beside it', async () => {
      const unknown = { address: 'https://a.example' }
      expect((await selectEndpoint(entryOf({ endpoints: [unknown] }))).guessed).toBe(true)
      const { endpoint } = await selectEndpoint(entryOf({ endpoints: [unknown, null] }))
      expect(endpoint).toBeUndefined()
    })
  })

  describe('an ancestor that cannot be read', () => {
    test.each<[string, unknown]>([
      ['null', null],
      ['undefined', undefined],
      ['a text', 'x'],
      ['an object of nothing', {}],
      ['endpoints null', { id: '2.999', endpoints: null, unreadable: 5, partOf: 5 }],
      ['problems of anything', { id: '2.999', endpoints: [], unreadable: [null, { path: {} }] }],
    ])('%s serves nobody, and is no TypeError', async (_, given) => {
      const { endpoint, candidates } = await selectEndpoint(entryOf({ partOf: '2.999' }), {
        parents: read(given),
      })
      expect(endpoint).toBeUndefined()
      for (const candidate of candidates) expect(describeCandidate(candidate)).toMatch(/^entry /)
    })
  })

  test('more endpoints than a call can have arguments', async () => {
    const endpoints = Array.from({ length: 130_000 }, () => ({ address: 'x' }))
    const { candidates } = await selectEndpoint(entryOf({ endpoints }))
    expect(candidates).toHaveLength(130_000)
  })

  test('whatever a reader gives, the choice ends in an answer', async () => {
    const names = ['id', 'oid', 'partOf', 'active', 'endpoints', 'unreadable', 'address', 'period']
    const lists = ['transactions', 'fhirVersions', 'downtime', 'timing', 'start', 'status', 'path']
    const entry = fc.dictionary(
      fc.constantFrom(...names, ...lists),
      fc.oneof(
        fc.jsonValue({ maxDepth: 2 }),
        fc.array(fc.dictionary(fc.constantFrom(...names, ...lists), fc.jsonValue({ maxDepth: 2 }))),
      ),
    )
    await fc.assert(
      fc.asyncProperty(entry, entry, async (first, parent) => {
        const child = entryOf({ ...first, endpoints: first.endpoints ?? [], partOf: '2.999' })
        if (!Array.isArray(child.endpoints)) return
        const { candidates } = await selectEndpoint(child, { parents: read(parent) })
        for (const candidate of candidates) expect(describeCandidate(candidate)).not.toBe('')
      }),
      { numRuns: 500 },
    )
  })

  describe('messages repeat words of the field, and no others', () => {
    test.each([
      'XCPD ITI-55',
      'ihe-xcpd',
      'hl7v2-mllp',
      'IHE XDS.b Submission',
      'direct-project',
      'SOAP',
      'XCA Query ITI-38',
    ])('%s', (kind) => {
      expect(shownKind(kind)).toBe(kind)
    })

    test.each([
      'Bearer abcdef',
      'xcpd secret-key-1',
      'MRN 12345678',
      'x'.repeat(61),
      '',
      '<b>xcpd</b>',
    ])('not %s', (kind) => {
      expect(shownKind(kind)).toBeUndefined()
    })

    test('an id that is none is not shown', () => {
      const why = { selected: false, why: 'it is inactive' }
      expect(describeCandidate({ entry: '2.999.1', ...why })).toBe('entry 2.999.1: it is inactive')
      expect(describeCandidate({ entry: 'secret key\n', ...why })).not.toContain('secret')
    })
  })
})
