import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { DirectoryEndpoint, DirectoryEntry } from '../../../src/directory/model/model.ts'
import type { DirectoryPage } from '../../../src/directory/pages/page.ts'
import {
  selectEndpoint,
  type WantedEndpoint,
} from '../../../src/directory/select/select-endpoint.ts'
import { jsonAnswer, wire, xmlAnswer, failureOf } from '../../support/answering-fetch.ts'
import {
  directoryOf,
  organization,
  BASE,
  endpoint,
  page,
  walked,
} from '../../support/directory-wire.ts'
import { readEntry } from '../../../src/directory/model/entry.ts'
import { majorMinor } from '../../../src/hl7/fhir-version.ts'

describe('samples of directories', () => {
  const folder = fileURLToPath(new URL('../../fixtures/directory/', import.meta.url))
  const sample = (name: string): string => readFileSync(`${folder}${name}`, 'utf8')
  const answer = (name: string): Response =>
    name.endsWith('.xml') ? xmlAnswer(sample(name)) : jsonAnswer(sample(name))

  /** The model of an entry without the resource as it came, which must be there. */
  function modelOf({ resource, ...model }: DirectoryEntry): object {
    expect(resource).toBeTypeOf('object')
    return model
  }

  async function read(name: string, id: string): Promise<object> {
    return modelOf(await directoryOf(wire(() => answer(name))).read(id))
  }

  const search = (name: string): Promise<DirectoryPage> =>
    directoryOf(wire(() => answer(name))).search({})
  const models = ({ entries }: DirectoryPage): readonly object[] => entries.map(modelOf)

  const IOWA_CITY = { latitude: 41.6, longitude: -91.5 }
  const endpoint = (parts: Partial<DirectoryEndpoint>): object => ({
    source: 'contained',
    purposesOfUse: [],
    roles: [],
    downtime: [],
    ...parts,
  })

  /** What the three organizations on the R4 pages have in common. */
  const r4 = (parts: object): object => ({
    aliases: [],
    active: true,
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
    addresses: [
      {
        use: undefined,
        text: '3 Juniper Lane Iowa City IA 52240 US',
        lines: ['3 Juniper Lane'],
        city: 'Iowa City',
        state: 'IA',
        postalCode: '52240',
        country: 'US',
        position: IOWA_CITY,
      },
    ],
    position: IOWA_CITY,
    managingOrganization: '2.999.78',
    domains: ['CQ'],
    purposesOfUse: [],
    lastUpdated: '2026-02-03T04:05:06.000Z',
    unreadable: [],
    ...parts,
  })
  const r4Endpoint = (parts: object): object =>
    endpoint({
      name: 'FHIR REST',
      connectionTypes: ['hl7-fhir-rest'],
      transactions: ['FHIR REST'],
      payloads: ['any'],
      status: 'active',
      purposesOfUse: ['TREATMENT'],
      ...parts,
    })

  const implementer = r4({
    id: '2.999.78',
    oid: '2.999.78',
    name: 'Juniper Network',
    types: ['Implementer'],
    partOf: undefined,
    endpoints: [
      r4Endpoint({
        address: 'https://ihe.juniper.example/xcpd',
        name: 'XCPD ITI-55',
        connectionTypes: ['ihe-xcpd'],
        transactions: ['XCPD ITI-55'],
        fhirVersion: '2.0',
      }),
    ],
  })
  const hospital = r4({
    id: '2.999.78.1',
    oid: '2.999.78.1',
    name: 'Juniper Hospital',
    types: ['Connection'],
    partOf: '2.999.78',
    endpoints: [
      r4Endpoint({ address: 'https://fhir.juniper.example/r4', fhirVersion: '4.0.1' }),
      r4Endpoint({
        address: 'https://fhir.juniper.example/stu3',
        fhirVersion: '3.0.1',
        status: 'off',
      }),
    ],
  })
  const clinic = r4({
    id: '2.999.78.2',
    oid: '2.999.78.2',
    name: 'Juniper Clinic (closed)',
    active: false,
    types: ['Connection'],
    partOf: '2.999.78',
    endpoints: [],
  })

  describe('the legacy directory', () => {
    const HELENA = { latitude: 46.6, longitude: -112 }
    const larch = {
      id: '2.999.79.1',
      oid: '2.999.79.1',
      name: 'Larch Hospital',
      aliases: [],
      active: true,
      types: ['Connection'],
      position: HELENA,
      partOf: '2.999.79',
      managingOrganization: '2.999.79',
      domains: [],
      purposesOfUse: [],
      lastUpdated: '2026-02-03T04:05:06.007+00:00',
      unreadable: [],
    }
    const address = {
      text: undefined,
      lines: ['8 Larch Street'],
      city: 'Helena',
      state: 'MT',
      postalCode: '59601',
      country: 'USA',
      position: HELENA,
    }
    const fhir = {
      address: 'https://fhir.larch.example/r4/',
      name: 'Larch R4',
      connectionTypes: ['rest-hook'],
      transactions: ['FHIR REST'],
      status: undefined,
    }

    test('stu3-organization.xml', async () => {
      expect(await read('stu3-organization.xml', '2.999.79.1')).toEqual({
        ...larch,
        contacts: [
          {
            purpose: 'Support',
            name: 'Sam Specimen',
            telecom: [{ system: 'email', value: 'help@larch.example' }],
          },
        ],
        addresses: [{ ...address, use: 'work' }],
        endpoints: [
          endpoint({
            ...fhir,
            payloads: ['application/json'],
            fhirVersion: '4.0.1',
            purposesOfUse: ['Treatment'],
            roles: ['All'],
          }),
        ],
      })
    })

    test('stu3-bundle-naive.json, which has no id: the identifier is one', async () => {
      const page = await search('stu3-bundle-naive.json')
      expect(models(page)).toEqual([
        {
          ...larch,
          contacts: [],
          addresses: [{ ...address, use: undefined }],
          endpoints: [endpoint({ ...fhir, payloads: [], fhirVersion: undefined })],
        },
      ])
      expect({ ...page, entries: 0 }).toEqual({
        entries: 0,
        total: 1,
        unreadable: [],
        outcomes: [],
        warnings: [],
      })
    })

    test('both say where the records are', async () => {
      const xml = wire(() => answer('stu3-organization.xml'))
      const { entries } = await search('stu3-bundle-naive.json')
      for (const entry of [await directoryOf(xml).read(larch.oid), ...entries]) {
        expect(await selectEndpoint(entry)).toMatchObject({
          endpoint: { address: fhir.address },
          guessed: false,
        })
      }
      expect(entries).toHaveLength(1)
    })
  })

  describe('R4 pages', () => {
    test('directory-page-1.json', async () => {
      const page = await search('directory-page-1.json')
      expect(models(page)).toEqual([implementer, hospital])
      expect({ ...page, entries: 0 }).toEqual({
        entries: 0,
        total: 3,
        next: 'https://directory.juniper.example/fhir?_getpages=7c5b3a&_getpagesoffset=2&_count=2&_bundletype=searchset',
        unreadable: [],
        outcomes: [],
        warnings: [],
      })
    })

    test('directory-page-2.json, the last', async () => {
      const page = await search('directory-page-2.json')
      expect(models(page)).toEqual([clinic])
      expect({ ...page, entries: 0 }).toEqual({
        entries: 0,
        total: 3,
        unreadable: [],
        outcomes: [],
        warnings: [],
      })
    })

    test('directory-page-with-outcome.json', async () => {
      const page = await search('directory-page-with-outcome.json')
      expect(models(page)).toEqual([hospital])
      expect({ ...page, entries: 0 }).toEqual({
        entries: 0,
        total: 1,
        unreadable: [],
        outcomes: ['not-supported'],
        warnings: [],
      })
    })

    test('both pages one after the other are a directory of three, whole', async () => {
      const to = wire(({ url }) =>
        answer(`directory-page-${url.includes('_getpages=7c5b3a') ? 2 : 1}.json`),
      )
      const listing = directoryOf(to, {
        baseUrl: 'https://directory.juniper.example/fhir',
      }).entries({
        count: 2,
      })
      const found: object[] = []
      for await (const entry of listing) found.push(modelOf(entry))
      expect(found).toEqual([implementer, hospital, clinic])
      expect(listing.account).toMatchObject({ seen: 3, pages: 2, total: 3, complete: true })
      expect(to.requests.map(({ url }) => url)).toEqual([
        'https://directory.juniper.example/fhir/Organization?_count=2&_sort=_id',
        'https://directory.juniper.example/fhir?_getpages=7c5b3a&_getpagesoffset=2&_count=2&_bundletype=searchset',
      ])
    })

    test('the hospital is asked at its R4 address, the inactive clinic nowhere', async () => {
      const [, found] = (await search('directory-page-1.json')).entries
      const [closed] = (await search('directory-page-2.json')).entries
      if (found === undefined || closed === undefined) throw new Error('no entry')
      const { endpoint: taken, alternatives } = await selectEndpoint(found)
      expect(taken?.address).toBe('https://fhir.juniper.example/r4')
      expect(alternatives).toEqual([])
      expect((await selectEndpoint(closed)).endpoint).toBeUndefined()
    })
  })

  describe('the TEFCA directory', () => {
    test('rce-organization.json', async () => {
      expect(await read('rce-organization.json', 'QHIN-birch')).toEqual({
        id: 'QHIN-birch',
        oid: undefined, // 7.7.7.7 is none: the first arc is 0, 1 or 2
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

    test('rce-endpoint.json, as a resource that an Organization refers to', async () => {
      const to = wire(({ url }) =>
        url.endsWith('/Endpoint/birch-way')
          ? answer('rce-endpoint.json')
          : jsonAnswer(
              organization('2.999.1', { endpoint: [{ reference: 'Endpoint/birch-way' }] }),
            ),
      )
      const { endpoints, unreadable } = await directoryOf(to).read('2.999.1')
      expect(unreadable).toEqual([])
      expect(endpoints).toEqual([
        {
          address: 'https://fhir.birch.example/r4',
          source: 'referenced',
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
})

/** What directories in the field publish otherwise than the specification has it. */
describe('what directories of the field publish', () => {
  const NOW = Date.parse('2026-06-15T12:00:00Z')
  const HL7 = 'http://hl7.org/fhir/StructureDefinition/endpoint-fhir-version'
  const ARGONAUT = 'http://fhir.org/argonaut/StructureDefinition/endpoint-fhir-version'
  const VERSION = 'https://sequoiaproject.org/fhir/sphd/StructureDefinition/Version'

  const entryOf = (more: object): DirectoryEntry => {
    const entry = readEntry(organization('2.999.1', more))
    if (entry === undefined) throw new Error('it is no entry')
    return entry
  }
  const listing = (...endpoints: object[]): DirectoryEntry =>
    entryOf({ contained: endpoints.map((more, at) => endpoint(`https://${at}.example/r4`, more)) })
  async function chosen(
    entry: DirectoryEntry,
    wanted: WantedEndpoint = {},
  ): Promise<string | undefined> {
    return (await selectEndpoint(entry, { now: () => NOW, ...wanted })).endpoint?.address
  }
  const why = async (entry: DirectoryEntry): Promise<readonly string[]> =>
    (await selectEndpoint(entry, { now: () => NOW })).candidates.map((one) => one.why)
  const [FIRST, SECOND] = ['https://0.example/r4', 'https://1.example/r4']
  const extension = (url: string, ...values: string[]): object => ({
    extension: values.map((valueString) => ({ url, valueString })),
  })

  describe('the FHIR version of an endpoint', () => {
    test.each<[string, object, object]>([
      ["by HL7's extension", extension(HL7, '1.0.2'), extension(HL7, '4.0.1')],
      ["by Argonaut's extension", extension(ARGONAUT, '1.0.2'), extension(ARGONAUT, '4.0.1')],
      ['in words', extension(VERSION, 'FHIR STU3'), extension(VERSION, 'FHIR R4')],
      [
        'by a parameter of the media type',
        { payloadMimeType: ['application/fhir+json; fhirVersion=3.0'] },
        { payloadMimeType: ['application/fhir+xml;fhirVersion="4.0"'] },
      ],
      [
        'repeated, none of them wanted',
        extension(VERSION, '1.0.2', '3.0.1'),
        extension(VERSION, '3.0.1', '4.0.1'),
      ],
      [
        'repeated, wrong ones first',
        extension(HL7, '5.0.0', '3.0.1'),
        extension(HL7, '3.0.1', '4.0.0', '4.0.1'),
      ],
    ])('%s', async (_, before, good) => {
      expect(await chosen(listing(before, good))).toBe(SECOND)
      expect(await chosen(listing(before))).toBeUndefined()
      expect(await chosen(listing(good))).toBe(FIRST)
    })

    test('repeated: all of them are in the model, and the one that was wanted is named', async () => {
      const entry = listing(extension(VERSION, '3.0.1', '4.0.1'))
      expect(entry.endpoints[0]).toMatchObject({
        fhirVersion: '3.0.1',
        fhirVersions: ['3.0.1', '4.0.1'],
      })
      expect(await why(entry)).toEqual(['FHIR REST, FHIR 4.0.1, active'])
      expect(await why(listing(extension(VERSION, '1.0.2', '3.0.1')))).toEqual([
        'it supports FHIR 1.0 and 3.0 and 4.0 is wanted',
      ])
    })

    test('the extension comes before the media type', async () => {
      const both = {
        ...extension(HL7, '4.0.1'),
        payloadMimeType: ['application/fhir+json; fhirVersion=3.0'],
      }
      expect(await chosen(listing(both))).toBe(FIRST)
    })

    test.each<[string, object]>([
      [
        'of another publisher',
        extension('https://vendor.example/StructureDefinition/version', '3.0'),
      ],
      ['of a product', extension(VERSION, '2024.1')],
      ['of SOAP or XCPD', extension(VERSION, '2.0')],
      ['in prose', extension(VERSION, 'see our developer portal for R3')],
    ])('a version %s is none of FHIR', async (_, other) => {
      expect(await chosen(listing(other))).toBe(FIRST)
      expect(await why(listing(other))).toEqual(['FHIR REST, FHIR version not published, active'])
    })

    test.each([
      ['FHIR R4', '4.0'],
      ['HL7 FHIR Release 4 (4.0.1)', '4.0'],
      ['fhir-4.0.1', '4.0'],
      ['v4.0.1', '4.0'],
      ['FHIR R4B', '4.3'],
      ['FHIR DSTU 2', '1.0'],
      ['STU 3', '3.0'],
      ['R4 US Core', '4.0'],
      ['FHIR', undefined],
      ['US Core 3.1', undefined],
      ['20.1', undefined],
      ['', undefined],
      [`${'FHIR '.repeat(1e5)}R4`, undefined],
    ])('%.40s is %s', (text, expected) => {
      expect(majorMinor(text)).toBe(expected)
    })
  })

  describe('the period of an endpoint', () => {
    test.each<[object, string | undefined]>([
      [{ start: '2019-01-01', end: '2021-06-30' }, 'its period has ended'],
      [{ end: '2026-06-15T11:59:58Z' }, 'its period has ended'],
      [{ start: '2027' }, 'its period has not begun'],
      [{ start: '2026-06-15T12:00:01Z' }, 'its period has not begun'],
      [{ start: '2026-06-15', end: '2026-06-15' }, undefined],
      [{ start: '2021-07-01' }, undefined],
      [{ start: 'soon', end: 'never' }, undefined],
      [{}, undefined],
    ])('%j', async (period, objection) => {
      const entry = listing({ period }, {})
      expect(await chosen(entry)).toBe(objection === undefined ? FIRST : SECOND)
      if (objection !== undefined) expect((await why(entry))[0]).toBe(objection)
    })
  })

  describe('words', () => {
    test.each([
      ['False', false],
      ['FALSE', false],
      ['True', true],
      [false, false],
      ['no', undefined],
    ])('active %s is %s', (value, expected) => {
      expect(readEntry({ id: { value: '2.999.1' }, active: { value } })?.active).toBe(expected)
    })

    test.each([
      [
        'org.sequoiaproject.fhir.stu3/Organization/Smith LLC d/b/a Lake Clinic',
        'Smith LLC d/b/a Lake Clinic',
      ],
      ['Organization/A/B', 'A/B'],
      ['Organization/Who? Clinic', 'Who? Clinic'],
      ['Smith d/b/a Lake Clinic', 'Smith d/b/a Lake Clinic'],
      ['Organization/2.999.7/_history/2', '2.999.7'],
      ['https://d.example/fhir/Organization/org-7?x=1', 'org-7'],
      ['Organization/org-7/', 'org-7'],
      ['urn:oid:2.999.7', '2.999.7'],
      ['https://d.example/fhir/2.999.7', '2.999.7'],
    ])('managed by %s', (reference, expected) => {
      expect(entryOf({ managingOrg: { reference } }).managingOrganization).toBe(expected)
    })

    test('a purpose as assertions write it is the bare code', async () => {
      const treatment = listing({
        extension: [{ url: 'https://sequoiaproject.org/x/PurposesOfUse', valueCode: 'TREATMENT' }],
      })
      for (const purposeOfUse of ['urn:oid:2.16.840.1.113883.5.8#TREAT', 'TREATMENT'])
        expect(await chosen(treatment, { purposeOfUse })).toBe(FIRST)
      for (const purposeOfUse of [
        'urn:oid:2.16.840.1.113883.5.8#HMARKT',
        'urn:oid:2.16.840',
        'x#TREAT',
      ])
        expect(await chosen(treatment, { purposeOfUse })).toBeUndefined()
    })
  })

  describe('a listing', () => {
    const outcome = (...issue: object[]): object => ({ resourceType: 'OperationOutcome', issue })
    const INCOMPLETE = 'the directory reports an error beside the entries'

    test.each<[object, boolean]>([
      [{ severity: 'error', code: 'exception' }, false],
      [{ severity: 'fatal', code: 'exception' }, false],
      [{ severity: 'ERROR' }, false],
      [{ severity: 'warning', code: 'incomplete' }, false],
      [{ severity: 'warning', code: 'not-supported' }, true],
      [{ severity: 'information', code: 'informational' }, true],
    ])('beside %j is complete: %s', async (issue, complete) => {
      const answer = (): Response =>
        page([organization('2.999.1'), outcome({ severity: 'information' }, issue)], { total: 1 })
      const all = directoryOf(wire(answer)).entries()
      expect(await walked(all)).toEqual({ ids: ['2.999.1'], error: undefined })
      expect(all.account).toMatchObject({ complete, why: complete ? [] : [INCOMPLETE] })
      const { warnings } = await directoryOf(wire(answer)).search({})
      expect(warnings).toEqual(complete ? [] : [INCOMPLETE])
    })

    test('so in XML', async () => {
      const xml = `<Bundle><total value="0"/><entry><resource><OperationOutcome><issue><severity value="error"/><code value="timeout"/></issue></OperationOutcome></resource></entry></Bundle>`
      const { warnings, outcomes } = await directoryOf(wire(() => xmlAnswer(xml))).search({})
      expect({ warnings, outcomes }).toEqual({ warnings: [INCOMPLETE], outcomes: ['timeout'] })
    })

    test('an error in place of hits is not "no such organization"', async () => {
      const long = `2.999.${'1'.repeat(70)}`
      const to = wire(() => page([outcome({ severity: 'error', code: 'timeout' })]))
      await expect(directoryOf(to).read(long)).rejects.toMatchObject({
        code: 'ERR_CQ_UNEXPECTED_RESOURCE',
      })
      await expect(directoryOf(wire(() => page([]))).read(long)).rejects.toMatchObject({
        code: 'ERR_CQ_ENTRY_NOT_FOUND',
      })
    })

    test('only codes that FHIR defines are repeated, each once', async () => {
      const issues = ['the-key', 'timeout', 'TIMEOUT', 'x'.repeat(50), 'timeout'].map((code) => ({
        code,
      }))
      const to = wire(() => page([outcome(...issues), outcome({ code: 'timeout' })]))
      expect((await directoryOf(to).search({})).outcomes).toEqual(['timeout'])
      const instead = wire(() => jsonAnswer(outcome({ code: 'the-key' }, { code: 'timeout' })))
      expect(String(await failureOf(directoryOf(instead).search({})))).toMatch(/Bundle \(timeout\)/)
    })

    test.each<[string, object]>([
      ['Next in capitals', { relation: 'Next', url: `${BASE}?p=2` }],
      ['NEXT and white space', { relation: ' NEXT ', url: `${BASE}?p=2` }],
      ['the style of Atom', { rel: 'next', href: `${BASE}?p=2` }],
      ['both styles mixed', { relation: 'next', href: `${BASE}?p=2` }],
    ])('follows a next link in %s', async (_, link) => {
      const to = wire(({ url }) =>
        url.includes('p=2')
          ? page([organization('2.999.2')], { total: 2 })
          : page([organization('2.999.1')], {
              total: 2,
              link: [{ relation: 'self', url: BASE }, link],
            }),
      )
      const all = directoryOf(to).entries()
      expect((await walked(all)).ids).toEqual(['2.999.1', '2.999.2'])
      expect(all.account.complete).toBe(true)
      expect(to.requests).toHaveLength(2)
    })

    test.each([[null], ['']])('takes a next link whose URL is %j for none', async (url) => {
      const to = wire(() =>
        page([organization('2.999.1')], { total: 1, link: [{ relation: 'next', url }] }),
      )
      const all = directoryOf(to).entries()
      expect((await walked(all)).ids).toEqual(['2.999.1'])
      expect(all.account.complete).toBe(true)
    })

    test('takes null for an empty list', async () => {
      const to = wire(() =>
        jsonAnswer({ resourceType: 'Bundle', total: 0, entry: null, link: null }),
      )
      const all = directoryOf(to).entries()
      expect(await walked(all)).toEqual({ ids: [], error: undefined })
      expect(all.account.complete).toBe(true)
    })

    test('refuses a next link of 15 MB unread, and a search says that there was one', async () => {
      const link = [{ relation: 'next', url: `${BASE}?${'&'.repeat(8_200)}` }]
      const answer = (): Response => page([organization('2.999.1')], { link })
      const all = directoryOf(wire(answer)).entries()
      const { ids, error } = await walked(all)
      expect(ids).toEqual(['2.999.1'])
      expect(error).toMatchObject({ code: 'ERR_CQ_NEXT_LINK_REFUSED' })
      const found = await directoryOf(wire(answer)).search({})
      expect(found).not.toHaveProperty('next')
      expect(found.warnings).toEqual([expect.stringContaining('longer than 8192 characters')])
    })

    test('does not repeat the API key where a refused link carries it as a host', async () => {
      const link = [{ relation: 'next', url: 'https://Secret-Key-1.evil.example/fhir' }]
      const all = directoryOf(
        wire(() => page([organization('2.999.1')], { link })),
        { apiKey: 'Secret-Key-1' },
      ).entries()
      const { error } = await walked(all)
      expect(String(error)).not.toMatch(/secret-key-1/i)
      expect(error).toMatchObject({ code: 'ERR_CQ_NEXT_LINK_REFUSED' })
    })

    test('a total that goes up and down with every page is told ten times', async () => {
      let pages = 0
      const to = wire(() => {
        pages += 1
        const more = pages < 40 ? { link: [{ relation: 'next', url: `${BASE}?p=${pages}` }] } : {}
        return page([organization(`2.999.${pages}`)], { total: pages % 2 === 0 ? 50 : 90, ...more })
      })
      const all = directoryOf(to).entries()
      await walked(all)
      expect(all.account.why.filter((one) => one.includes('fell')).length).toBeLessThanOrEqual(10)
      expect(all.account.complete).toBe(false)
    })
  })

  describe('Endpoints that come along on a page', () => {
    const referring = (...references: string[]): object =>
      organization('2.999.1', { endpoint: references.map((reference) => ({ reference })) })
    const found = async (entry: object, ...others: object[]): Promise<readonly string[]> => {
      const { entries } = await directoryOf(wire(() => page([entry, ...others]))).search({})
      return entries[0]?.endpoints.map(({ address }) => address) ?? []
    }

    test.each([
      ['Endpoint/4'],
      ['Endpoint/4/_history/3'],
      [`${BASE}/Endpoint/4`],
      [`${BASE}/Endpoint/4/_history/3`],
    ])('are found by %s', async (reference) => {
      expect(await found(referring(reference), endpoint(FIRST, { id: '4' }))).toEqual([FIRST])
    })

    test('are not taken for those of another server', async () => {
      const other = referring('https://other.example/fhir/Endpoint/4', `${BASE}x/Endpoint/4`)
      expect(await found(other, endpoint(FIRST, { id: '4' }))).toEqual([])
    })
  })

  test('an XML page that is not well-formed: the advice is about what the message names', async () => {
    const to = wire(() =>
      xmlAnswer(
        '<Bundle><entry><resource><Organization><name value="A & B"/></Organization></resource></entry></Bundle>',
      ),
    )
    const error = await failureOf(directoryOf(to).search({}))
    expect(error).toMatchObject({ code: 'ERR_CQ_INVALID_RESPONSE' })
    expect(String(error)).toMatch(/not well-formed/)
    expect(String(error)).not.toMatch(/named members/)
  })
})
