/** Issue 16, B: what hostile partners leave behind in one client is no more than what honest ones do. */
import { expect, test } from 'vitest'
import { CapabilityResolver, FhirPatientClient } from '../../src/index.ts'
import { heapMb } from './memory.ts'

/** 200 partners in place of 1,000, with 200 kB each: kept whole they would be 40 MB, twice what is allowed. */
const PARTNERS = 200
const SIZE = 200_000
const MOST_MB = 20

type Answer = (url: string, at: number) => Response

function fhir(
  body: object,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const all = { 'content-type': 'application/fhir+json', ...headers }
  return new Response(JSON.stringify(body), { status, headers: all })
}

const padding = (at: number): string => `${at}-`.padEnd(SIZE, 'x')

function metadata(more: object): object {
  return {
    resourceType: 'CapabilityStatement',
    fhirVersion: '4.0.1',
    rest: [{ mode: 'server' }],
    ...more,
  }
}

/** What is in use after each partner was asked twice by parts that live on. */
async function heapAfter(answer: Answer): Promise<number> {
  let at = 0
  const fetch = ({ url }: Request): Promise<Response> => Promise.resolve(answer(url, (at += 1)))
  const randomUUID = (): string => `00000000${crypto.randomUUID().slice(8)}`
  const resolver = new CapabilityResolver({ fetch, randomUUID })
  const patients = new FhirPatientClient({
    baseUrl: 'https://fhir.example.org/r4',
    fetch,
    randomUUID,
    validatorCache: { maxEntries: PARTNERS },
  })
  const before = heapMb()
  for (let partner = 0; partner < PARTNERS; partner += 1) {
    await resolver.resolve(`https://p${partner}.example.org/r4`).catch(() => undefined)
    await patients.read(`p${partner}`).catch(() => undefined)
  }
  const used = heapMb() - before
  // They live until here.
  expect([resolver.quirkIds.length > 0, patients]).toHaveLength(2)
  return used
}

const patientOf = (url: string): object => ({ resourceType: 'Patient', id: url.split('/').at(-1) })

const honest: Answer = (url) =>
  url.endsWith('/metadata') ? fhir(metadata({})) : fhir(patientOf(url), 200, { etag: 'W/"1"' })

const hostile: readonly (readonly [string, Answer])[] = [
  [
    'large discovery documents',
    (url, at) =>
      url.endsWith('/metadata')
        ? fhir(
            metadata({
              software: { name: padding(at) },
              implementation: { url: `https://a.example.org/${padding(at)}` },
            }),
          )
        : fhir({}, 404),
  ],
  [
    '503 with Retry-After and a large body',
    (_url, at) => fhir({ text: padding(at) }, 503, { 'retry-after': '86400' }),
  ],
  ['large ETags', (url, at) => fhir(patientOf(url), 200, { etag: `W/"${padding(at)}"` })],
]

test.each(hostile)(
  `%s of ${PARTNERS} partners leave no more than ${MOST_MB} MB behind`,
  async (_name, answer) => {
    await heapAfter(honest)
    const usual = await heapAfter(honest)
    expect((await heapAfter(answer)) - usual).toBeLessThan(MOST_MB)
  },
  60_000,
)
