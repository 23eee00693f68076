import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { unwrap } from '../../../src/directory/api/responses.ts'
import { readEntry } from '../../../src/directory/model/entry.ts'
import type { DirectoryEntry, DirectoryEndpoint } from '../../../src/directory/model/model.ts'
import { isDown } from '../../../src/directory/model/downtime.ts'
import { parseXml } from '../../../src/directory/api/xml.ts'
import { jsonAnswer, wire, xmlAnswer } from '../../support/answering-fetch.ts'
import { BASE, directoryOf } from '../../support/directory-wire.ts'
import { readEndpoint } from '../../../src/directory/model/endpoint.ts'

describe('entry', () => {
  const fixture = (name: string): string =>
    readFileSync(new URL(`../../fixtures/directory/${name}`, import.meta.url), 'utf8')

  async function entryIn(name: string): Promise<DirectoryEntry | undefined> {
    const text = fixture(name)
    const document: unknown = name.endsWith('.xml') ? await parseXml(text, {}) : JSON.parse(text)
    return readEntry(unwrap(document, 'Organization'))
  }

  const endpoint = (parts: object): object => ({ resourceType: 'Endpoint', ...parts })
  const organization = (parts: object): object => ({
    resourceType: 'Organization',
    id: '2.999.1',
    ...parts,
  })
  const withEndpoint = (parts: object): DirectoryEntry['endpoints'][number] | undefined =>
    readEntry(organization({ contained: [endpoint({ address: 'https://a.example', ...parts })] }))
      ?.endpoints[0]

  const SPELLINGS = ['legacy.xml', 'naive.json', 'stu3.json', 'r4.json']

  /** The outage that repeats, as the spelling has it: it is kept as it came. */
  const timingIn = (spelling: string): unknown => {
    const plain = { duration: 3, durationUnit: 'h', dayOfWeek: ['sat'], timeOfDay: ['23:00:00'] }
    const wrapped = {
      duration: { value: spelling === 'legacy.xml' ? '3' : 3 },
      durationUnit: { value: 'h' },
      dayOfWeek: { value: 'sat' },
      timeOfDay: { value: '23:00:00' },
    }
    return { repeat: /^(legacy|naive)/.test(spelling) ? wrapped : plain }
  }

  const cedarValley = (spelling: string): Omit<DirectoryEntry, 'resource'> => ({
    id: '2.999.77.1',
    oid: '2.999.77.1',
    name: 'Cedar Valley & Lakes Hospital',
    aliases: ['Cedar Valley', 'CVLH'],
    active: true,
    types: ['Connection', 'Participant'],
    contacts: [
      {
        purpose: 'Operations',
        name: 'Robin Sample',
        telecom: [
          { system: 'email', value: 'ops@cedar-valley.example' },
          { system: 'phone', value: '555-0177' },
        ],
      },
      { purpose: undefined, name: 'Ada B. Sample', telecom: [] },
    ],
    addresses: [
      {
        use: 'work',
        text: '9 Cedar Road, Saint Paul MN 55101',
        lines: ['9 Cedar Road', 'Suite 2'],
        city: 'Saint Paul',
        state: 'MN',
        postalCode: '55101',
        country: 'US',
        position: { latitude: 44.9, longitude: -93.1 },
      },
      {
        use: 'billing',
        text: undefined,
        lines: ['PO Box 7'],
        city: undefined,
        state: undefined,
        postalCode: '55102',
        country: undefined,
        position: undefined,
      },
    ],
    position: { latitude: 44.9, longitude: -93.1 },
    partOf: '2.999.77',
    managingOrganization: '2.999.77',
    domains: ['CQ', 'RCE'],
    purposesOfUse: ['TREATMENT', 'OPERATIONS'],
    lastUpdated: '2026-01-02T03:04:05.678+00:00',
    endpoints: [
      {
        address: 'https://ihe.cedar-valley.example/xcpd',
        source: 'contained',
        name: 'Patient discovery',
        connectionTypes: ['ihe-xcpd'],
        transactions: ['XCPD ITI-55'],
        payloads: ['application/soap+xml'],
        fhirVersion: '2.0',
        status: 'active',
        purposesOfUse: ['Treatment'],
        roles: [],
        downtime: [],
      },
      {
        address: 'https://fhir.cedar-valley.example:8443/r4/',
        source: 'contained',
        name: 'Records',
        connectionTypes: ['hl7-fhir-rest'],
        transactions: ['FHIR REST'],
        payloads: ['any', 'application/fhir+json', 'application/fhir+xml'],
        fhirVersion: '4.0.1',
        status: 'active',
        purposesOfUse: ['Treatment', 'Public Health'],
        roles: ['All', '112247003'],
        downtime: [
          { start: '2026-06-07T02:00:00Z', end: '2026-06-07T05:00:00-05:00' },
          { start: '2027-01-01', end: undefined },
          { timing: timingIn(spelling) },
        ],
      },
    ],
    unreadable: [
      // The legacy directory writes no references to what is contained.
      {
        path: /^(legacy|naive)/.test(spelling) ? 'endpoint.0' : 'endpoint.2',
        reason: 'an Endpoint that was not fetched',
      },
    ],
  })

  const referenced = {
    address: 'https://fhir.cedar-valley.example:8443/next',
    source: 'referenced',
    name: 'Records, next version',
    connectionTypes: ['hl7-fhir-rest'],
    transactions: ['FHIR REST'],
    payloads: ['any'],
    fhirVersion: '5.0.0',
    status: 'test',
    purposesOfUse: ['Treatment'],
    roles: ['All'],
    downtime: [{ start: undefined, end: '2026-01' }],
  }

  describe('one organization in four spellings', () => {
    test.each(SPELLINGS)('%s gives the same model, whole and exact', async (spelling) => {
      const { resource, ...entry } = (await entryIn(`organization-${spelling}`)) ?? {}
      expect(entry).toEqual(cedarValley(spelling))
      expect(Object.keys(entry)).toEqual(Object.keys(cedarValley(spelling)))
      expect(resource).toBeTypeOf('object')
    })

    test.each(SPELLINGS)(
      '%s on the wire has the Endpoint it refers to as well',
      async (spelling) => {
        const to = wire(({ url }) => {
          const text = fixture(
            `${url.includes('/Endpoint/') ? 'endpoint' : 'organization'}-${spelling}`,
          )
          return spelling.endsWith('.xml') ? xmlAnswer(text) : jsonAnswer(text)
        })
        const { resource, ...entry } = await directoryOf(to).read('2.999.77.1')
        const { endpoints, ...model } = cedarValley(spelling)
        expect(entry).toEqual({
          ...model,
          endpoints: [...endpoints, referenced],
          unreadable: [],
        })
        expect(resource).toBeTypeOf('object')
        expect(to.requests.map(({ url }) => url)).toEqual([
          `${BASE}/Organization/2.999.77.1`,
          `${BASE}/Endpoint/cedar-3`,
        ])
      },
    )

    test.each(SPELLINGS)('%s says when its endpoint is down', async (spelling) => {
      const { endpoints = [] } = (await entryIn(`organization-${spelling}`)) ?? {}
      const states = (time: string): readonly (boolean | undefined)[] =>
        (endpoints[1]?.downtime ?? []).map((outage) => isDown(outage, Date.parse(time)))
      expect(states('2026-06-07T09:59:59Z')).toEqual([true, false, undefined]) // the end is in another zone
      expect(states('2026-06-07T10:00:01Z')).toEqual([false, false, undefined])
      expect(states('2027-01-01T00:00:00Z')).toEqual([false, true, undefined])
      // Saturday nights: a recurrence is not evaluated.
      expect(states('2026-06-13T23:00:00Z')).toEqual([false, false, undefined])
    })

    test('a namespace prefix changes nothing', async () => {
      const prefixed = fixture('organization-legacy.xml')
        .replace(/<(\/?)([A-Za-z])/g, '<$1f:$2')
        .replace('xmlns=', 'xmlns:f=')
      const entry = readEntry(unwrap(await parseXml(prefixed, {}), 'Organization'))
      const { resource, ...model } = entry ?? {}
      expect(model).toEqual(cedarValley('legacy.xml'))
      expect(resource).toBeTypeOf('object')
    })
  })

  describe('active', () => {
    test.each([
      [true, true],
      [false, false],
      ['true', true],
      ['false', false],
      [{ value: 'false' }, false],
      [{ value: true }, true],
      [undefined, undefined],
      [null, undefined],
      ['yes', undefined],
      [1, undefined],
      [[], undefined],
    ])('%j is %s', (active, expected) => {
      expect(readEntry(organization({ active }))?.active).toBe(expected)
    })
  })

  describe('id and OID', () => {
    test.each([
      ['the id, where it is an OID', { id: '2.999.1' }, '2.999.1', '2.999.1'],
      [
        'the identifier, where the id is another one',
        { id: 'org-1', identifier: [{ value: 'npi' }, { value: 'urn:oid:2.999.5' }] },
        'org-1',
        '2.999.5',
      ],
      [
        'the identifier, where there is no id, single object',
        { id: undefined, identifier: { value: { value: ' URN:OID:2.999.5 ' } } },
        '2.999.5',
        '2.999.5',
      ],
      ['no OID at all', { id: 'QHIN-example' }, 'QHIN-example', undefined],
      ['a number as id', { id: 17 }, '17', undefined],
    ])('comes from %s', (_, parts, id, oid) => {
      expect(readEntry(organization(parts))).toMatchObject({ id, oid })
    })

    test('without an id of any kind there is no entry', () => {
      expect(readEntry({ resourceType: 'Organization', name: 'Nobody' })).toBeUndefined()
      for (const odd of [undefined, null, 1, 'x', [], {}]) expect(readEntry(odd)).toBeUndefined()
    })
  })

  describe('partOf', () => {
    test.each([
      [{ reference: 'Organization/2.999' }, '2.999'],
      [{ reference: 'https://directory.example/fhir/Organization/2.999/_history/3' }, '2.999'],
      [{ reference: 'Organization/parent-1' }, 'parent-1'],
      [{ reference: 'urn:oid:2.999' }, '2.999'],
      [{ reference: { value: 'org.sequoiaproject.fhir.stu3/Organization/2.999' } }, '2.999'],
      [{ identifier: { value: 'urn:oid:2.999' } }, '2.999'],
      [{ identifier: [{ value: 'x' }, { value: { value: 'urn:oid:2.999' } }] }, '2.999'],
      [{ reference: 'Organization/', identifier: { value: 'urn:oid:2.999' } }, '2.999'],
      [{ display: 'somebody' }, undefined],
      ['Organization/2.999', undefined],
      [undefined, undefined],
    ])('%j is %s', (partOf, expected) => {
      expect(readEntry(organization({ partOf }))?.partOf).toBe(expected)
    })
  })

  describe('endpoints', () => {
    test('several Endpoints in one contained, a single one, and none with ids', () => {
      const addresses = (contained: unknown): unknown =>
        readEntry(organization({ contained }))?.endpoints.map(({ address }) => address)
      expect(addresses({ Endpoint: [{ address: 'a' }, { address: { value: 'b' } }] })).toEqual([
        'a',
        'b',
      ])
      expect(addresses([{ Endpoint: { address: 'a' } }, { Endpoint: { address: 'b' } }])).toEqual([
        'a',
        'b',
      ])
      expect(addresses(endpoint({ address: 'a' }))).toEqual(['a'])
      expect(
        addresses([{ resourceType: 'Location' }, null, 3, endpoint({ address: '  ' })]),
      ).toEqual([])
      expect(addresses(undefined)).toEqual([])
    })

    test('numbers, lists of one and lists of many are read alike', () => {
      expect(
        withEndpoint({
          status: { value: 'active' },
          name: 7,
          connectionType: [{ coding: [{ code: 'hl7-fhir-rest', display: 'FHIR' }] }, { text: 'x' }],
          payloadType: { coding: { code: 'any' } },
          payloadMimeType: ['application/json', 'application/fhir+json'],
          extension: { url: ' HTTPS://X.EXAMPLE/TRANSACTION ', valueCode: 'FHIR REST' },
        }),
      ).toMatchObject({
        name: '7',
        status: 'active',
        connectionTypes: ['hl7-fhir-rest', 'FHIR', 'x'],
        payloads: ['any', 'application/json', 'application/fhir+json'],
        transactions: ['FHIR REST'],
        fhirVersion: undefined,
      })
    })

    test('a number too large for JavaScript is no address', () => {
      const address: unknown = JSON.parse('1e999')
      expect(withEndpoint({ address })?.address ?? '').toBe('')
    })

    test('an extension is found one level deep and no deeper', () => {
      const deep = (levels: number): object =>
        levels === 0
          ? { url: 'Version', valueString: '4.0.1' }
          : { url: 'outer', extension: [deep(levels - 1)] }
      expect(withEndpoint({ extension: [deep(1)] })?.fhirVersion).toBe('4.0.1')
      expect(withEndpoint({ extension: [deep(2)] })?.fhirVersion).toBeUndefined()
    })

    test('odd kinds anywhere do not throw', () => {
      for (const odd of [null, 0, '', 'x', true, [], [[]], {}, [null], { value: { value: 1 } }]) {
        for (const name of ['connectionType', 'payloadType', 'extension', 'status', 'name']) {
          expect(withEndpoint({ [name]: odd })?.address).toBe('https://a.example')
        }
        for (const name of ['contained', 'identifier', 'partOf', 'active', 'name']) {
          expect(readEntry(organization({ [name]: odd }))?.id).toBe('2.999.1')
        }
      }
    })
  })

  describe('the resource in its answer', () => {
    test('is named by resourceType or by its wrapper, and another type is not taken for it', () => {
      const plain = { resourceType: 'Organization', id: 'a' }
      expect(unwrap(plain, 'Organization')).toBe(plain)
      expect(unwrap({ Organization: { id: 'a' } }, 'Organization')).toEqual({ id: 'a' })
      const outcome = { resourceType: 'OperationOutcome', Organization: { id: 'a' } }
      expect(unwrap(outcome, 'Organization')).toBeUndefined()
      expect(unwrap({ Organization: [plain] }, 'Organization')).toBeUndefined()
      expect(
        unwrap(JSON.parse('{"__proto__":{"Organization":{}}}'), 'Organization'),
      ).toBeUndefined()
    })
  })
})

describe('endpoint', () => {
  const SPHD = 'https://sequoiaproject.org/fhir/sphd/StructureDefinition/'
  const MAIN = 'https://sequoiaproject.org/StructureDefinition/Endpoint/main/1.0.0'

  const read = (parts: object): DirectoryEndpoint => {
    const found = readEndpoint({ address: 'https://a.example', ...parts }, 'contained')
    if (found === undefined) throw new Error('it was not read')
    return found
  }
  const extended = (...extension: object[]): DirectoryEndpoint => read({ extension })

  test('an Endpoint of an address alone has empty lists and nothing else', () => {
    expect(readEndpoint({ address: ' https://a.example\n' }, 'referenced')).toEqual({
      address: 'https://a.example',
      source: 'referenced',
      name: undefined,
      connectionTypes: [],
      transactions: [],
      payloads: [],
      fhirVersion: undefined,
      status: undefined,
      purposesOfUse: [],
      roles: [],
      downtime: [],
    })
  })

  test.each([undefined, null, '', ' \n', {}, [], ['https://a.example'], { value: {} }])(
    'an address of %j is none, and so there is no endpoint',
    (address) => {
      expect(readEndpoint({ address }, 'contained')).toBeUndefined()
    },
  )

  test.each([undefined, null, 'Endpoint', 7, [], [{ address: 'https://a.example' }]])(
    '%j is no endpoint',
    (node) => {
      expect(readEndpoint(node, 'contained')).toBeUndefined()
    },
  )

  /** How an extension of one code is written, by spelling. */
  const written = (name: string, code: string): readonly [string, object][] => [
    [
      'R4, CodeableConcept',
      { url: SPHD + name, valueCodeableConcept: { coding: [{ system: 'x', code }] } },
    ],
    ['R4, Coding', { url: SPHD + name, valueCoding: { system: 'x', code } }],
    ['R4, code', { url: SPHD + name, valueCode: code }],
    ['R4, text', { url: SPHD + name, valueCodeableConcept: { text: code } }],
    ['R4, in lower case', { url: `${SPHD}${name}`.toLowerCase(), valueString: code }],
    [
      'R4, in capitals, with white space',
      { url: ` ${SPHD}${name} `.toUpperCase(), valueUri: code },
    ],
    [
      'legacy, in the outer extension',
      {
        url: MAIN,
        extension: [
          { url: 'UseCases', valueCodeableConcept: { coding: { value: { value: 'other' } } } },
          { url: name, valueCodeableConcept: { coding: { value: { value: code } } } },
        ],
      },
    ],
    [
      'legacy, bare and single',
      { url: MAIN, extension: { url: name, valueString: { value: code } } },
    ],
  ]

  describe('extensions', () => {
    describe.each([
      ['Transaction', 'transactions'],
      ['PurposesOfUse', 'purposesOfUse'],
      ['Roles', 'roles'],
    ] as const)('%s', (name, where) => {
      test.each(written(name, 'the code'))('%s', (_, extension) => {
        expect(extended(extension)[where]).toEqual(['the code'])
        expect(read({ extension })[where]).toEqual(['the code'])
      })

      test('several are one list, in document order', () => {
        const [first, second] = written(name, 'b')
        expect(
          extended(
            { url: name, valueCodeableConcept: { coding: [{ code: 'a', display: 'A' }] } },
            { url: 'Actor', valueString: 'other' },
            first?.[1] ?? {},
            second?.[1] ?? {},
          )[where],
        ).toEqual(['a', 'A', 'b', 'b'])
      })

      test.each([{}, { valueString: '' }, { valueCodeableConcept: null }, { valueInteger: 7 }])(
        'one of %j says nothing',
        (value) => {
          expect(extended({ url: name, ...value })[where]).toEqual([])
        },
      )
    })

    test.each(written('Version', '4.0.1'))('Version: %s', (_, extension) => {
      expect(extended(extension).fhirVersion).toBe('4.0.1')
    })

    test('the first Version that says something counts', () => {
      expect(
        extended(
          { url: 'Version', valueString: ' ' },
          { url: 'Version', valueString: '3.0.1' },
          { url: 'Version', valueString: '4.0.1' },
        ).fhirVersion,
      ).toBe('3.0.1')
    })

    test.each(['NotTransaction', 'Transaction/1.0.0', 'Transactions', 'x#Transaction', ''])(
      'the URL %j is another one',
      (url) => {
        expect(extended({ url, valueString: 'FHIR REST' }).transactions).toEqual([])
      },
    )
  })

  describe('Downtime', () => {
    const downtimeOf = (...extension: object[]): unknown => extended(...extension).downtime

    test('periods and Timings, several of them, as they came', () => {
      const timing = { event: ['2026-06-01'], repeat: { count: 3 } }
      expect(
        downtimeOf(
          { url: `${SPHD}Downtime`, valuePeriod: { start: '2026-06-01', end: '2026-06-02' } },
          { url: 'downtime', valuePeriod: { start: { value: ' 2026-06-03T04:00:00Z ' } } },
          { url: MAIN, extension: { url: 'Downtime', valuePeriod: { end: { value: '2026' } } } },
          { url: 'DOWNTIME', valueTiming: timing },
        ),
      ).toEqual([
        { start: '2026-06-01', end: '2026-06-02' },
        { start: '2026-06-03T04:00:00Z', end: undefined },
        { start: undefined, end: '2026' },
        { timing },
      ])
    })

    test.each([{}, { valuePeriod: null }, { valueTiming: undefined }, { valueDateTime: '2026' }])(
      'of %j is none',
      (value) => {
        expect(downtimeOf({ url: 'Downtime', ...value })).toEqual([])
      },
    )

    test('of a period that is none cannot be told', () => {
      expect(downtimeOf({ url: 'Downtime', valuePeriod: 'tomorrow' })).toEqual([
        { start: undefined, end: undefined },
      ])
    })
  })

  describe('kinds', () => {
    test.each<[unknown, readonly string[]]>([
      [{ system: 'x', code: 'hl7-fhir-rest' }, ['hl7-fhir-rest']],
      [{ code: 'hl7-fhir-rest', display: 'HL7 FHIR' }, ['hl7-fhir-rest', 'HL7 FHIR']],
      [{ code: { value: 'ihe-xca' } }, ['ihe-xca']],
      [{ coding: [{ code: 'a' }, { code: 'b' }], text: 'c' }, ['a', 'b', 'c']],
      [
        [{ coding: { code: { value: 'a' } } }, { code: 'b' }],
        ['a', 'b'],
      ],
      ['plain', ['plain']],
      [{ value: 'plain' }, ['plain']],
      [{ value: { value: 'plain' } }, ['plain']],
      [
        [null, 7, true],
        ['7', 'true'],
      ],
      [{ system: 'x' }, []],
    ])('a connection type of %j is %j', (connectionType, expected) => {
      expect(read({ connectionType }).connectionTypes).toEqual(expected)
    })

    test('payload types come before media types', () => {
      expect(
        read({
          payloadMimeType: [{ value: 'application/fhir+json' }, 'application/json'],
          payloadType: [{ coding: [{ code: 'any' }] }, { text: 'all of it' }],
        }).payloads,
      ).toEqual(['any', 'all of it', 'application/fhir+json', 'application/json'])
    })

    test.each(['active', 'suspended', 'error', 'off', 'entered-in-error', 'test', 'Active'])(
      'status %s is read as published',
      (status) => {
        expect(read({ status }).status).toBe(status)
        expect(read({ status: { value: ` ${status} ` } }).status).toBe(status)
      },
    )
  })
})

describe('downtime', () => {
  const at = (time: string): number => Date.parse(time)

  describe('a period', () => {
    test.each([
      [
        { start: '2026-06-01T10:00:00Z', end: '2026-06-01T12:00:00Z' },
        '2026-06-01T09:59:59.999Z',
        false,
      ],
      [
        { start: '2026-06-01T10:00:00Z', end: '2026-06-01T12:00:00Z' },
        '2026-06-01T10:00:00Z',
        true,
      ],
      [
        { start: '2026-06-01T10:00:00Z', end: '2026-06-01T12:00:00Z' },
        '2026-06-01T12:00:00.999Z',
        true,
      ],
      [
        { start: '2026-06-01T10:00:00Z', end: '2026-06-01T12:00:00Z' },
        '2026-06-01T12:00:01Z',
        false,
      ],
      [{ start: '2026-06-01T10:00:00-05:00' }, '2026-06-01T14:59:59Z', false],
      [{ start: '2026-06-01T10:00:00-05:00' }, '2026-06-01T15:00:00Z', true],
      [{ start: '2026-06-01' }, '2036-01-01T00:00:00Z', true],
      [{ end: '2026-06-01' }, '2026-06-01T23:59:59Z', true],
      [{ end: '2026-06-01' }, '2026-06-02T00:00:00Z', false],
      [{ end: '2026-06' }, '2026-06-30T23:59:59Z', true],
      [{ end: '2026-06' }, '2026-07-01T00:00:00Z', false],
      [{ start: '2026', end: '2026' }, '2026-12-31T23:59:59Z', true],
      [{ start: '2026', end: '2026' }, '2027-01-01T00:00:00Z', false],
      [{}, '2026-06-01T00:00:00Z', undefined],
      [{ start: 'soon' }, '2026-06-01T00:00:00Z', undefined],
      [{ start: '2026-06-01', end: 'later' }, '2026-06-01T00:00:00Z', undefined],
      [{ start: '2026-13-45' }, '2026-06-01T00:00:00Z', undefined],
      [{ start: '2026-06-01T10:00:00' }, '2026-06-01T10:00:00Z', undefined],
    ])('%j at %s: %s', (period, time, expected) => {
      expect(isDown(period, at(time))).toBe(expected)
    })
  })

  describe('a Timing', () => {
    const bounds = { boundsPeriod: { start: '2026-06-01', end: '2026-06-02' } }
    const weekly = { dayOfWeek: ['sat'], timeOfDay: ['22:30:00'], duration: 4, durationUnit: 'h' }

    test.each([
      ['bounds alone', { repeat: bounds }, '2026-06-02T12:00:00Z', true],
      ['bounds alone, afterwards', { repeat: bounds }, '2026-06-03T00:00:00Z', false],
      ['out of its bounds', { repeat: { ...weekly, ...bounds } }, '2026-06-06T23:00:00Z', false],
      [
        'a recurrence in bounds',
        { repeat: { ...weekly, ...bounds } },
        '2026-06-02T23:00:00Z',
        undefined,
      ],
      [
        'events in bounds',
        { event: ['2026-06-01'], repeat: bounds },
        '2026-06-01T12:00:00Z',
        undefined,
      ],
      ['a recurrence', { repeat: weekly }, '2026-06-06T23:00:00Z', undefined],
      ['an event', { event: ['2026-06-01'] }, '2026-06-01T12:00:00Z', undefined],
      [
        'bounds that cannot be read',
        { repeat: { boundsPeriod: { start: 'soon' } } },
        '2026-06-06T10:00:00Z',
        undefined,
      ],
      ['nothing', {}, '2026-06-06T10:00:00Z', undefined],
      ['no repeat', { code: { text: 'on holidays' } }, '2026-06-06T10:00:00Z', undefined],
      ['rubbish', { repeat: 'x', event: 7 }, '2026-06-06T10:00:00Z', undefined],
      ['a text', 'every night', '2026-06-06T10:00:00Z', undefined],
      ['a list', [{ repeat: bounds }], '2026-06-02T10:00:00Z', undefined],
      ['null', null, '2026-06-06T10:00:00Z', undefined],
    ])('%s', (_, timing, time, expected) => {
      expect(isDown({ timing }, at(time))).toBe(expected)
    })

    test('is the same in XML, where a primitive is an object', () => {
      const boundsPeriod = { start: { value: '2026-06-01' }, end: { value: '2026-06-02' } }
      expect(isDown({ timing: { repeat: { boundsPeriod } } }, at('2026-06-02T10:30:00Z'))).toBe(
        true,
      )
    })
  })

  describe('a period at its edges', () => {
    test.each([
      ['the first millisecond', { start: '2026-06-01' }, '2026-06-01T00:00:00.000Z', true],
      ['the one before', { start: '2026-06-01' }, '2026-05-31T23:59:59.999Z', false],
      ['a month begins', { start: '2026-06' }, '2026-06-01T00:00:00Z', true],
      ['before the month', { start: '2026-06' }, '2026-05-31T23:59:59.999Z', false],
      ['a year begins', { start: '2026' }, '2026-01-01T00:00:00Z', true],
      ['before the year', { start: '2026' }, '2025-12-31T23:59:59.999Z', false],
      ['December ends', { end: '2026-12' }, '2026-12-31T23:59:59.999Z', true],
      ['after December', { end: '2026-12' }, '2027-01-01T00:00:00Z', false],
      ['a leap February ends', { end: '2028-02' }, '2028-02-29T23:59:59.999Z', true],
      ['after it', { end: '2028-02' }, '2028-03-01T00:00:00Z', false],
      ['a leap day', { start: '2028-02-29', end: '2028-02-29' }, '2028-02-29T12:00:00Z', true],
      ['a fraction ends', { end: '2026-06-01T10:00:00.250Z' }, '2026-06-01T10:00:00.250Z', true],
      ['after it', { end: '2026-06-01T10:00:00.250Z' }, '2026-06-01T10:00:00.251Z', false],
      ['a zone in the end', { end: '2026-06-01T10:00:00+05:30' }, '2026-06-01T04:30:00.999Z', true],
      ['after it', { end: '2026-06-01T10:00:00+05:30' }, '2026-06-01T04:30:01Z', false],
      [
        'an end before its start',
        { start: '2026-06-02', end: '2026-06-01' },
        '2026-06-01T12:00:00Z',
        false,
      ],
    ])('%s', (_, period, time, expected) => {
      expect(isDown(period, at(time))).toBe(expected)
    })

    test.each([
      '2026-02-30',
      '2026-06-31',
      '2027-02-29T10:00:00Z',
      '2026-00',
      '2026-6-1',
      '01/06/2026',
      '2026-06-01 10:00:00Z',
      '2026-06-01T25:00:00Z',
      '2026-06-01T10:00:00',
      '2026-06-01T10:00:00EST',
      'T10:00:00Z',
      '20260601',
    ])('%s is no date, so that it cannot be told', (odd) => {
      expect(isDown({ start: odd }, at('2036-01-01T00:00:00Z'))).toBeUndefined()
      expect(isDown({ start: '2020', end: odd }, at('2026-01-01T00:00:00Z'))).toBeUndefined()
    })
  })
})
