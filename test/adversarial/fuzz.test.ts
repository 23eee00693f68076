/**
 * G6: mutations of good answers at every stage. 5,000 here with a fixed seed; `npm run fuzz` runs
 * 100,000 and `npm run fuzz:million` a million, with seeds of their own.
 */
import { isDeepStrictEqual } from 'node:util'
import { expect, test } from 'vitest'
import {
  AssertionSigner,
  CapabilityResolver,
  DirectoryClient,
  FhirPatientClient,
  isCarequalityError,
  TokenProvider,
  type HttpOptions,
} from '../../src/index.ts'
import { FhirClient } from '../../src/fhir/index.ts'
import { leaks } from '../support/fhir-answers.ts'
import { keyPair, ownSigner } from '../support/token-endpoint.ts'
import { heapMb } from './memory.ts'
import { delivered, mutated, randomOf } from './mutations.ts'
import {
  BASE,
  bundle,
  capabilities,
  DIRECTORY,
  json,
  OID,
  organization,
  patient,
  planted,
  TOKEN_ENDPOINT,
  type Raw,
} from './small-network.ts'

const runs = Number(process.env.CQ_FUZZ_RUNS ?? 5_000)
const seed = Number(process.env.CQ_FUZZ_SEED ?? 20261125)

const assertions = new AssertionSigner({
  clientId: 'client.example.org',
  signer: await ownSigner(keyPair('P-256')),
})
const good = {
  directory: json(organization),
  metadata: json(capabilities),
  smart: json(
    { token_endpoint: TOKEN_ENDPOINT, issuer: 'https://fhir.example.org', capabilities: [] },
    200,
    'application/json',
  ),
  token: json(
    {
      access_token: 'S3CRET-TOKEN',
      token_type: 'Bearer',
      expires_in: 300,
      scope: 'system/Patient.read',
    },
    200,
    'application/json',
  ),
  read: json(patient('p1')),
  search: json(bundle(['s1', 's2'], `${BASE}/Patient?page=2`)),
  page: json(bundle(['s3'])),
  match: json(bundle(['m1', 'm2'])),
  binary: {
    status: 200,
    type: 'application/pdf',
    body: new TextEncoder().encode('the content of it'),
  },
} satisfies Record<string, Raw>
type Stage = keyof typeof good
const stages = Object.keys(good) as Stage[]

/** A mutated answer, and what the clients did with it. */
interface Case {
  readonly raw: Raw
  readonly options: HttpOptions
  readonly asked: string[]
}

function caseOf(stage: Stage, random: () => number): Case {
  const raw = mutated(good[stage], random)
  const asked: string[] = []
  const answerTo = (url: string): Raw => {
    if (stage === 'metadata' || stage === 'smart')
      return (stage === 'metadata') === url.endsWith('/metadata')
        ? raw
        : good[stage === 'smart' ? 'metadata' : 'smart']
    if (stage !== 'search' && stage !== 'page') return raw
    return url.endsWith('page=2') === (stage === 'page')
      ? raw
      : good[stage === 'page' ? 'search' : 'page']
  }
  const options: HttpOptions = {
    transport: {
      send: ({ url }) => {
        asked.push(url)
        return Promise.resolve(delivered(answerTo(url), random).response)
      },
    },
    // No pauses between attempts.
    randomUUID: () => `00000000${crypto.randomUUID().slice(8)}`,
    timeoutMs: 5_000,
  }
  return { raw, options, asked }
}

function parsed({ body }: Raw): unknown {
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

/** Runs the stage's call; gives back what is wrong with its result, or throws what the call threw. */
const calls: Record<Stage, (one: Case) => Promise<string | undefined>> = {
  directory: async ({ raw, options }) => {
    const directory = new DirectoryClient({
      ...options,
      release: 'rce-r4',
      baseUrl: DIRECTORY,
      apiKey: 'S3CRET-API-KEY',
    })
    const entry = await directory.read(OID)
    const text = new TextDecoder().decode(raw.body)
    if (entry.id !== OID || !text.includes(OID) || raw.status !== 200) return 'another entry'
    return entry.endpoints.every(
      ({ address }) =>
        textsIn(parsed(raw)).some((one) => one.trim() === address.trim()) || text.includes(address),
    )
      ? undefined
      : 'an invented address'
  },
  metadata: resolve,
  smart: resolve,
  token: async ({ raw, options }) => {
    const tokens = new TokenProvider({
      ...options,
      assertions,
      tokenRequestsPerMinute: 1e6,
    })
    const token = await tokens.getToken({
      tokenEndpoint: TOKEN_ENDPOINT,
      fhirBaseUrl: BASE,
      scope: 'system/Patient.read',
    })
    const answer = parsed(raw)
    if (raw.status !== 200) return 'a token by another status'
    if (token.accessToken !== member(answer, 'access_token')) return 'another token'
    if (!/^bearer$/i.test(String(member(answer, 'token_type')))) return 'no Bearer token'
    return member(answer, 'error') === undefined || member(answer, 'error') === null
      ? undefined
      : 'a token beside an error'
  },
  read: async ({ raw, options }) => {
    const read = await new FhirPatientClient({ ...options, baseUrl: BASE }).read('p1')
    if (raw.status !== 200 || read.id !== 'p1') return 'another patient'
    return isDeepStrictEqual(read, parsed(raw)) ? undefined : 'not what the server sent'
  },
  search: searchAll,
  page: searchAll,
  match: async ({ raw, options }) => {
    const patients = new FhirPatientClient({ ...options, baseUrl: BASE })
    const matches = await patients.match({ birthDate: '1931-02-17' })
    const sent = listOf(member(parsed(raw), 'entry')).map((one) => member(one, 'resource'))
    if (!matches.every(({ resource }) => sent.some((one) => isDeepStrictEqual(one, resource))))
      return 'not what the server sent'
    return matches.length >= new Set(hitsOf(raw).map((one) => member(one, 'id'))).size
      ? undefined
      : 'a candidate is missing'
  },
  binary: async ({ raw, options }) => {
    const { body } = await new FhirClient({ ...options, baseUrl: BASE }).binary('Binary/b1')
    const pieces: Uint8Array[] = []
    for await (const piece of body) pieces.push(piece)
    return raw.status === 200 && Buffer.concat(pieces).equals(raw.body) ? undefined : 'other bytes'
  },
}

async function resolve({ raw, options }: Case): Promise<string | undefined> {
  const { tokenEndpoint } = await new CapabilityResolver(options).resolve(BASE)
  if (tokenEndpoint === undefined || tokenEndpoint === TOKEN_ENDPOINT) return undefined
  const published = textsIn(parsed(raw)).flatMap((one) => {
    const text = one.trim()
    // As it stands, whatever it is worth; or relative to the base.
    return URL.canParse(text, `${BASE}/`) ? [text, new URL(text, `${BASE}/`).href] : [text]
  })
  return published.includes(tokenEndpoint) ? undefined : 'an invented token endpoint'
}

/** Patients of a page that a reader of FHIR must see. */
function hitsOf(raw: Raw): readonly unknown[] {
  return listOf(member(parsed(raw), 'entry')).flatMap((entry) => {
    const resource = member(entry, 'resource')
    const mode = member(member(entry, 'search'), 'mode')
    const named =
      member(resource, 'resourceType') === 'Patient' && typeof member(resource, 'id') === 'string'
    return named && mode !== 'include' && mode !== 'outcome' ? [resource] : []
  })
}

async function searchAll({ raw, options, asked }: Case): Promise<string | undefined> {
  const patients = new FhirPatientClient({ ...options, baseUrl: BASE })
  const found: unknown[] = []
  for await (const hit of patients.search({ family: 'Zebulon' })) found.push(hit)
  const second = asked.some((url) => url.endsWith('page=2'))
  const sent = [...hitsOf(raw), ...[good.search, good.page].flatMap(hitsOf)]
  if (!found.every((hit) => sent.some((one) => isDeepStrictEqual(one, hit))))
    return 'not what the server sent'
  const ids = found.map((hit) => member(hit, 'id'))
  if (new Set(ids).size !== ids.length) return 'a hit twice'
  const links = listOf(member(parsed(raw), 'link')).filter(
    (one) => member(one, 'relation') === 'next',
  )
  if (links.length > 0 && !second) return 'an end before the last page'
  return hitsOf(raw).every((hit) => ids.includes(member(hit, 'id')))
    ? undefined
    : 'a hit is missing'
}

test(
  `G6: ${runs} mutated answers: no exception that is not ours, no wrong result, the heap stays`,
  { timeout: 300_000 + runs * 20 },
  async () => {
    const random = randomOf(seed)
    const members = Object.getOwnPropertyNames(Object.prototype)
    const problems: string[] = []
    const tally = { success: 0, refused: 0 }
    let heapAtStart = 0
    for (let number = 0; number < runs && problems.length < 10; number += 1) {
      if (number === Math.min(2_000, runs / 5)) heapAtStart = heapMb()
      const stage = stages[number % stages.length] ?? 'read'
      const one = caseOf(stage, random)
      const complain = (what: string): void =>
        void problems.push(
          `seed ${seed}, ${number}, ${stage}: ${what}: ${one.raw.status} ${JSON.stringify(one.raw.headers)} ${new TextDecoder().decode(one.raw.body).slice(0, 600)}`,
        )
      try {
        const wrong = await calls[stage](one)
        tally.success += 1
        if (wrong !== undefined) complain(wrong)
      } catch (error) {
        tally.refused += 1
        if (!isCarequalityError(error))
          complain(`not ours: ${error instanceof Error ? (error.stack ?? '') : String(error)}`)
        else if (number % 20 === 0 && leaks(error, planted).length > 0)
          complain(`shows ${leaks(error, planted).join()}`)
      }
      if (one.asked.some((url) => !url.startsWith(`${new URL(one.asked[0] ?? BASE).origin}/`)))
        complain(`asked ${one.asked.join()}`)
    }
    expect(problems).toEqual([])
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(members)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    // Both ends of the path must be met, or the mutations are too wild or too tame.
    expect(tally.success).toBeGreaterThan(runs / 10)
    expect(tally.refused).toBeGreaterThan(runs / 10)
    const growth = heapMb() - heapAtStart
    console.info(
      `fuzz: seed ${seed}, ${tally.success} answers taken, ${tally.refused} refused, heap ${growth.toFixed(1)} MB more`,
    )
    expect(growth).toBeLessThan(10)
  },
)
