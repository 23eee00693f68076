/** Issue 16, B: what 1,000 hostile partners leave behind in one client is no more than what honest ones do. */
import { beforeAll, expect, test } from 'vitest'
import { CarequalityClient, cryptoKeySigner, type Signer } from '../../src/index.ts'
import { settledMb } from './memory.ts'

const PARTNERS = 1_000
/** Kept whole these would be five times what is allowed. */
const SIZE = 100_000
const MOST_MB = 20
/** Each cache has its own bound: whoever fills all of them gets the sum, of which the caller's own 10 MB are a part. */
const MOST_TOGETHER_MB = 40
const WARM_UP = 20

/** How one partner, its token endpoint and the directory answer; what is left out is honest. */
interface Partner {
  readonly metadata?: (at: number) => Response
  readonly token?: (at: number) => Response
  readonly patient?: (at: number) => Response
  readonly entry?: (at: number) => Response
}

function reply(
  body: object,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const all = { 'content-type': 'application/fhir+json', ...headers }
  return new Response(JSON.stringify(body), { status, headers: all })
}

const baseOf = (at: number): string => `https://p${at}.example.org/r4`
const padding = (at: number, size = SIZE): string => `${at}-`.padEnd(size, 'x')
const patient = (at: number): object => ({ resourceType: 'Patient', id: `p${at}` })

function metadata(at: number, tokenEndpoint = `${baseOf(at)}/token`, more: object = {}): Response {
  const url = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris'
  const extension = [{ url, extension: [{ url: 'token', valueUri: tokenEndpoint }] }]
  return reply({
    resourceType: 'CapabilityStatement',
    fhirVersion: '4.0.1',
    rest: [{ mode: 'server', security: { extension } }],
    ...more,
  })
}

function entry(at: number, more: object = {}): Response {
  const endpoint = {
    resourceType: 'Endpoint',
    id: 'e',
    status: 'active',
    connectionType: { code: 'hl7-fhir-rest' },
    address: baseOf(at),
  }
  return reply({
    resourceType: 'Organization',
    id: `2.999.${at}`,
    name: 'Partner',
    contained: [endpoint],
    endpoint: [{ reference: '#e' }],
    ...more,
  })
}

function token(at: number, more: object = {}): Response {
  const text = JSON.stringify({
    access_token: `t${at}`,
    token_type: 'Bearer',
    expires_in: 300,
    ...more,
  })
  return new Response(text, { headers: { 'content-type': 'application/json' } })
}

const honest: Required<Partner> = {
  metadata: (at) => metadata(at),
  token: (at) => token(at),
  patient: (at) => reply(patient(at), 200, { etag: 'W/"1"' }),
  entry: (at) => entry(at),
}

/** One answer, by what was asked for. */
function answer(partner: Partner, { url, method }: Request): Response {
  const all = { ...honest, ...partner }
  const at = Number(/\d+/.exec(url.replace('2.999.', ''))?.[0])
  if (url.includes('/Organization/')) return all.entry(at)
  if (url.endsWith('/metadata')) return all.metadata(at)
  if (url.includes('/.well-known/')) return reply({}, 404)
  return method === 'POST' ? all.token(at) : all.patient(at)
}

let signer: Signer
beforeAll(async () => {
  // Signatures by RSA took a third of all the work.
  const curve = { name: 'ECDSA', namedCurve: 'P-256' }
  const { privateKey, publicKey } = await crypto.subtle.generateKey(curve, true, ['sign', 'verify'])
  signer = await cryptoKeySigner({ key: privateKey, publicKey })
})

/** A client that found so many partners in the directory and asked each for a Patient. */
async function clientAfter(partner: Partner, partners: number): Promise<CarequalityClient> {
  const client = new CarequalityClient({
    clientId: 'client',
    signer,
    mode: 'smart-backend',
    fetch: (request) => Promise.resolve(answer(partner, new Request(request))),
    // The first digits decide how long a pause is.
    randomUUID: () => `00000000${crypto.randomUUID().slice(8)}`,
    validatorCache: { maxEntries: PARTNERS, maxBytes: 10e6 },
    directory: {
      release: 'carequality-r4',
      baseUrl: 'https://directory.example.org/fhir',
      apiKey: 'k',
    },
  })
  let read = 0
  for (let at = 0; at < partners; at += 1) {
    const responder = await client.organization(`2.999.${at}`).catch(() => undefined)
    await responder?.patients.read(`p${at}`).then(
      () => (read += 1),
      () => undefined,
    )
  }
  if (partner === honest) expect(read).toBe(partners)
  return client
}

/** What such a client, which lives on, keeps in memory. */
async function heapAfter(partner: Partner): Promise<number> {
  const before = await settledMb()
  const client = await clientAfter(partner, PARTNERS)
  const used = (await settledMb()) - before
  await client.close()
  return used
}

const busy = (at: number): Response => reply({ text: padding(at) }, 503, { 'retry-after': '86400' })

const hostile: readonly (readonly [string, Partner])[] = [
  ['renamed token endpoints', { metadata: (at) => metadata(at, `${baseOf(at)}/${padding(at)}`) }],
  [
    'token endpoints as long as a URL may be',
    { metadata: (at) => metadata(at, `${baseOf(at)}/${padding(at, 8_000)}`) },
  ],
  [
    'large discovery documents',
    {
      metadata: (at) =>
        metadata(at, undefined, {
          software: { name: padding(at) },
          implementation: { url: `${baseOf(at)}/${padding(at)}` },
        }),
    },
  ],
  ['503 with Retry-After and a large body', { patient: busy }],
  ['503 of token endpoints, with Retry-After and a large body', { token: busy }],
  ['tokens of 60 kB', { token: (at) => token(at, { access_token: padding(at, 60_000) }) }],
  ['large ETags', { patient: (at) => reply(patient(at), 200, { etag: `W/"${padding(at)}"` }) }],
  [
    'large Patients that are cached',
    { patient: (at) => reply({ ...patient(at), text: padding(at) }, 200, { etag: 'W/"1"' }) },
  ],
  [
    'huge directory entries',
    { entry: (at) => entry(at, { extension: [{ url: 'x', valueString: padding(at) }] }) },
  ],
]

const all: Partner = {
  entry: (at) => entry(at, { extension: [{ url: 'x', valueString: padding(at) }] }),
  metadata: (at) => metadata(at, `${baseOf(at)}/${padding(at, 8_000)}`),
  token: (at) => token(at, { access_token: padding(at, 60_000) }),
  patient: (at) => reply({ ...patient(at), text: padding(at) }, 200, { etag: 'W/"1"' }),
}

let usual: number
beforeAll(async () => {
  // Code that is compiled and shapes that are learned stay for good.
  for (const partner of [honest, ...hostile.map(([, one]) => one), all]) {
    await (await clientAfter(partner, WARM_UP)).close()
  }
  usual = await heapAfter(honest)
})

test.each(hostile)(
  `${PARTNERS} partners with %s leave no more than ${MOST_MB} MB behind`,
  async (_name, partner) => {
    expect((await heapAfter(partner)) - usual).toBeLessThan(MOST_MB)
  },
)

test(`${PARTNERS} partners that fill every cache leave no more than ${MOST_TOGETHER_MB} MB behind`, async () => {
  expect((await heapAfter(all)) - usual).toBeLessThan(MOST_TOGETHER_MB)
})
