/** Hostile documents of decision 17, each with how it is read. */

const BASE = 'https://fhir.example.org/r4'
const DIRECTORY = 'https://directory.example.org/fhir'
const OID = '2.999.1'
const OAUTH_URIS = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris'
const SEARCH_MODE = 'http://hl7.org/fhir/StructureDefinition/capabilitystatement-search-mode'
const MB = 1_000_000

const many = (count, make) => Array.from({ length: count }, (_, at) => make(at))

/** As many items as make so many bytes of JSON. */
function filling(bytes, make) {
  return many(Math.ceil(bytes / (JSON.stringify(make(123_456)).length + 1)), make)
}

const organization = (more) => ({
  resourceType: 'Organization',
  id: OID,
  name: 'Cedar',
  active: true,
  ...more,
})
const bundle = (resources, more = {}) => ({
  resourceType: 'Bundle',
  type: 'searchset',
  ...more,
  entry: resources.map((resource) => ({ resource })),
})
const code = (text) => [{ coding: [{ code: text }] }]
const endpoint = (at, more = {}) => ({
  resourceType: 'Endpoint',
  id: `e${at}`,
  status: 'active',
  connectionType: { system: 'http://x', code: 'hl7-fhir-rest' },
  address: `https://p${at}.example.org/fhir`,
  ...more,
})
const point = (at) => ({
  resourceType: 'Location',
  id: `l${at}`,
  position: { latitude: 1, longitude: 2 },
})
const located = (at) => ({ url: 'http://x/OrgLocation', valueReference: { reference: `#l${at}` } })

const JSON_TYPE = 'application/fhir+json'

/** A server that gives every request the same body. */
export function answering(body, type = JSON_TYPE, status = 200) {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  return {
    send: () =>
      Promise.resolve({
        status,
        headers: new Headers({ 'content-type': type }),
        body: (async function* pieces() {
          for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
        })(),
      }),
  }
}

const directory = ({ DirectoryClient }, body, type, release = 'carequality-r4') =>
  new DirectoryClient({
    release,
    baseUrl: DIRECTORY,
    apiKey: 'key',
    transport: answering(typeof body === 'object' ? JSON.stringify(body) : body, type),
  })

/** Read by itself. */
const entry = (name, before, make) => ({
  name,
  before,
  prepare: (sdk) => directory(sdk, organization(make())),
  run: (client) => client.read(OID),
})

/** On a page. */
const page = (name, before, make) => ({
  name,
  before,
  prepare: (sdk) => directory(sdk, make()),
  run: (client) => client.search({ name: 'Cedar' }),
})

const search = (name, before, make, type) => ({
  name,
  before,
  prepare: ({ FhirPatientClient }) =>
    new FhirPatientClient({ baseUrl: BASE, transport: answering(make(), type) }),
  run: (client) => client.search({ family: 'Park' }).toArray({ max: 1e6 }),
})

const metadata = (name, before, make) => ({
  name,
  before,
  prepare: ({ CapabilityResolver }) =>
    new CapabilityResolver({ transport: answering(JSON.stringify(make())) }),
  run: (resolver) => resolver.resolve(BASE),
})

const statement = (rest) => ({
  resourceType: 'CapabilityStatement',
  fhirVersion: '4.0.1',
  rest: [{ mode: 'server', ...rest }],
})
const publishing = (url) =>
  statement({
    security: {
      extension: [{ url: OAUTH_URIS, extension: [{ url: 'token', valueUri: url }] }],
    },
  })

const family = (text) =>
  JSON.stringify(
    bundle([{ resourceType: 'Patient', id: '1', name: [{ family: text }], birthDate: '1980' }]),
  )

function utf16(text) {
  const bytes = new Uint8Array(2 + 2 * text.length)
  bytes.set([0xff, 0xfe])
  for (let at = 0; at < text.length; at += 1) bytes[2 + 2 * at] = text.charCodeAt(at)
  return bytes
}
const deep = (depth) => `${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`

/** Section A of issue 16, as it was measured there. */
const TABLE = [
  search('family of 160 kB of combining marks', '18 s', () => family('\u0301'.repeat(80_000))),
  search('family of 400 kB of combining marks', '130 s', () => family('\u0301'.repeat(200_000))),
  metadata('token endpoint with a host of 100,000 dots', '12.5 s', () =>
    publishing(`https://a${'.'.repeat(100_000)}b/token`),
  ),
  entry('directory address with a host of 100,000 dots', '12.5 s', () => ({
    contained: [endpoint(0, { address: `https://a${'.'.repeat(100_000)}b/fhir` })],
    endpoint: [{ reference: '#e0' }],
  })),
  metadata('45,000 search-mode extensions', '15.7 s', () =>
    statement({
      resource: [
        {
          type: 'Patient',
          extension: many(45_000, () => ({ url: SEARCH_MODE, valueCode: 'POST' })),
        },
      ],
    }),
  ),
  page('50,000 Transaction extensions in one entry', '20.5 s', () =>
    bundle([
      organization({
        contained: [
          endpoint(0, {
            extension: many(50_000, (at) => ({
              url: 'http://x/Transaction',
              valueCodeableConcept: { text: `t${at}` },
            })),
          }),
        ],
      }),
    ]),
  ),
  page('100,000 contained x 100,000 references', '52.8 s', () =>
    bundle([
      organization({
        contained: many(100_000, (at) => endpoint(at)),
        endpoint: many(100_000, (at) => ({ reference: `#f${at}` })),
      }),
    ]),
  ),
  page('20,000 Locations x 20,000 addresses', '18.6 s', () =>
    bundle([
      organization({
        contained: many(20_000, point),
        address: many(20_000, (at) => ({ extension: [located(19_999 - (at % 2))] })),
      }),
    ]),
  ),
  entry('partOf of 60,000 dots', '3.9 s', () => ({
    partOf: { reference: `Organization/${'.'.repeat(60_000)}` },
  })),
  {
    name: '4,000 changed endpoints in one entry',
    before: '7.6 s',
    prepare: async ({ DirectorySnapshot, ...sdk }) => {
      const copies = ['active', 'off'].map((status) => {
        const contained = many(4_000, (at) => endpoint(at, { status }))
        const source = directory(sdk, bundle([organization({ contained })]))
        return DirectorySnapshot.build(source, { maxAgeMs: 1e15 })
      })
      return { DirectorySnapshot, copies: await Promise.all(copies) }
    },
    run: ({ DirectorySnapshot, copies: [before, after] }) => DirectorySnapshot.diff(before, after),
  },
  {
    name: '16 MB of <a/>',
    before: '512 MB of heap, out of memory',
    prepare: (sdk) =>
      directory(
        sdk,
        `<Organization>${'<a/>'.repeat(4 * MB - 20)}</Organization>`,
        'application/fhir+xml',
        'carequality-stu3',
      ),
    run: (client) => client.read(OID),
  },
  search(
    'JSON 1,000,000 deep in UTF-16 with a BOM',
    'parsed',
    () => utf16(`{"resourceType":${deep(MB)}}`),
    'application/fhir+json; charset=utf-16',
  ),
]

/** What else is slow where a page of a directory is read as one, at the limit of 16 MB. */
const DIRECTORY_16_MB = [
  page('an address with 100,000 OrgLocation x 50,000 Locations', '590 ms', () =>
    bundle([
      organization({
        contained: many(50_000, point),
        address: [{ extension: many(100_000, located) }],
      }),
    ]),
  ),
  page('300,000 links of one Bundle', 'over 250 ms', () =>
    bundle([], { link: many(300_000, (at) => ({ relation: 'self', url: `u${at}` })) }),
  ),
  page('12 MB of identifiers', 'over 250 ms', () =>
    bundle([organization({ identifier: filling(12 * MB, (at) => ({ value: `${at}.x` })) })]),
  ),
  page('an OperationOutcome with 300,000 issues', 'over 250 ms', () =>
    bundle([
      {
        resourceType: 'OperationOutcome',
        issue: many(300_000, () => ({ severity: 'warning', code: 'informational' })),
      },
    ]),
  ),
  page('a next link of 15 MB', 'over 250 ms', () =>
    bundle([], { link: [{ relation: 'next', url: `${DIRECTORY}/?a=${'&b='.repeat(5 * MB)}` }] }),
  ),
  page('6 MB of types', 'over 250 ms', () =>
    bundle([organization({ type: filling(6 * MB, (at) => code(`t${at}`)[0]) })]),
  ),
  page('partOf of 15 MB', 'over 250 ms', () =>
    bundle([organization({ partOf: { reference: `Organization/${'a/'.repeat(7.5 * MB)}` } })]),
  ),
  page('10 MB of contacts', 'over 250 ms', () =>
    bundle([organization({ contact: filling(10 * MB, (at) => ({ name: { text: `n${at}` } })) })]),
  ),
  page('15 MB of Endpoints beside an entry that refers to one', 'over 250 ms', () =>
    bundle([
      organization({ endpoint: [{ reference: 'Endpoint/e1' }] }),
      ...filling(15 * MB, (at) => endpoint(at)),
    ]),
  ),
  page('12 MB of small entries', '', () =>
    bundle(filling(12 * MB, (at) => organization({ id: `o${at}` }))),
  ),
  page('an entry of 15 MB of small values', '', () =>
    bundle([organization({ x: filling(15 * MB, (at) => ({ a: at })) })]),
  ),
]

export const ROWS = [...TABLE, ...DIRECTORY_16_MB]
