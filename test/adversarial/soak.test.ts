/**
 * G5: many calls by 64 callers at a network where each twentieth answer is bad and tokens live for
 * 2 seconds. 3,000 calls here; `npm run soak` makes 100,000.
 */
import { expect, test } from 'vitest'
import {
  isCarequalityError,
  type Responder,
  type Transport,
  type TransportRequest,
  type TransportResponse,
} from '../../src/index.ts'
import { leaks } from '../support/fhir-answers.ts'
import { heapMb } from './memory.ts'
import { randomOf } from './mutations.ts'
import {
  clientOf,
  json,
  OID,
  patient,
  planted,
  responseOf,
  SmallNetwork,
  type Raw,
} from './small-network.ts'

const calls = Number(process.env.CQ_SOAK_CALLS ?? 3_000)
const CALLERS = 64
const random = randomOf(20261127)

type Fault = (
  good: Raw,
  request: TransportRequest,
) => TransportResponse | Promise<TransportResponse>

const answered =
  (raw: Raw): Fault =>
  () =>
    responseOf(raw)
const html: Raw = {
  status: 200,
  type: 'text/html',
  body: new TextEncoder().encode('<html>Zebulon</html>'),
}
const to = (location: string): Raw => ({ ...html, status: 302, headers: { location } })

/** The first eight pass, so a repeat mends them; the others do not. */
const faults: readonly Fault[] = [
  () => Promise.reject(Object.assign(new Error('Zebulon'), { code: 'ECONNRESET' })),
  () => Promise.reject(new Error('S3CRET-PIN')),
  () => new Promise(() => undefined),
  answered({ ...html, status: 500 }),
  answered({ ...html, status: 502 }),
  answered({ ...html, status: 503, headers: { 'retry-after': '0' } }),
  answered({ ...html, status: 429 }),
  (good) =>
    responseOf({
      ...good,
      body: good.body.subarray(0, 5),
      headers: { 'content-length': String(good.body.length) },
    }),
  answered(html),
  answered(to('https://evil.example/')),
  answered(to('http://fhir.example.org/r4')),
  answered(json(patient('another'))),
  answered(
    json({
      access_token: 'Zebulon\r\nx: y',
      token_type: 'Bearer',
      token_endpoint: 'https://evil.example/token',
    }),
  ),
  answered(
    json({
      resourceType: 'Bundle',
      entry: [],
      link: [{ relation: 'next', url: 'https://evil.example/' }],
    }),
  ),
]

function faulty(network: SmallNetwork, tally: { requests: number; faults: number }): Transport {
  return {
    send: async (request) => {
      tally.requests += 1
      await new Promise((resolve) => setImmediate(resolve))
      const good = await network.answer(request)
      const fault = random() < 0.05 ? faults[Math.floor(random() * faults.length)] : undefined
      if (fault === undefined) return responseOf(good)
      tally.faults += 1
      return fault(good, request)
    },
  }
}

class OtherType extends Error {
  readonly code = 'another content type'
}

/** One call of the mix; what is wrong with its result. */
async function call(
  responder: Responder,
  connect: () => Promise<Responder>,
): Promise<string | undefined> {
  const kind = random()
  const { patients, fhir } = responder
  if (kind < 0.7) {
    const id = `p${Math.floor(random() * 100)}`
    return (await patients.read(id)).id === id ? undefined : 'another patient'
  }
  if (kind < 0.85) {
    const ids: unknown[] = []
    for await (const hit of patients.search({ family: 'Zebulon' })) ids.push(hit.id)
    return ids.join() === 's1,s2,s3' ? undefined : `the hits ${ids.join()}`
  }
  if (kind < 0.9) {
    const [match, ...others] = await patients.match({ birthDate: '1931-02-17' })
    return match?.resource.id === 'm1' && others.length === 0 ? undefined : 'another match'
  }
  if (kind < 0.95) {
    let text = ''
    const { body, contentType } = await fhir.binary('Binary/b')
    for await (const piece of body) text += new TextDecoder().decode(piece)
    // Any type is content here; that it is another one the caller sees.
    if (contentType !== 'application/pdf') throw new OtherType()
    return text === 'the content' ? undefined : 'other content'
  }
  const { endpoint } = await connect()
  return endpoint.address === responder.endpoint.address ? undefined : 'another address'
}

test(
  `G5: ${calls} calls, 5 % faults, tokens of 2 s, ${CALLERS} callers`,
  { timeout: 300_000 + calls * 20 },
  async () => {
    const network = new SmallNetwork({ expiresIn: 2 })
    const wire = { requests: 0, faults: 0 }
    const { client } = await clientOf(faulty(network, wire), {
      attemptTimeoutMs: 300,
      timeoutMs: 10_000,
      onEvent: () => undefined,
    })
    const connect = (): Promise<Responder> => client.organization(OID)
    let responder = await connect().catch(connect)
    const [problems, codes] = [new Set<string>(), new Map<string, number>()]
    let [made, good, slowest, heapAtStart] = [0, 0, 0, 0]
    const start = performance.now()
    const caller = async (): Promise<void> => {
      while (made < calls) {
        made += 1
        if (made === Math.floor(calls / 10)) heapAtStart = heapMb()
        if (made % 500 === 0) responder = await connect().catch(() => responder)
        const since = performance.now()
        try {
          const wrong = await call(responder, connect)
          if (wrong === undefined) good += 1
          else problems.add(`wrong: ${wrong}`)
        } catch (error) {
          if (error instanceof OtherType) codes.set(error.code, (codes.get(error.code) ?? 0) + 1)
          else if (!isCarequalityError(error)) problems.add(`not ours: ${String(error)}`)
          else codes.set(error.code, (codes.get(error.code) ?? 0) + 1)
          if (made % 10 === 0)
            for (const secret of leaks(error, planted)) problems.add(`shows ${secret}`)
        }
        slowest = Math.max(slowest, performance.now() - since)
      }
    }
    await Promise.all(Array.from({ length: CALLERS }, caller))
    const tookS = (performance.now() - start) / 1_000
    const growth = heapMb() - heapAtStart
    const share = (100 * good) / made
    console.info(
      `soak: ${made} calls in ${tookS.toFixed(0)} s, ${wire.requests} requests, ${wire.faults} faults, ` +
        `${share.toFixed(2)} % success, ${network.tokenCount} token requests, slowest ${slowest.toFixed(0)} ms, ` +
        `heap ${growth.toFixed(1)} MB more, ${[...codes].map(([code, count]) => `${code} ${count}`).join(', ')}`,
    )
    expect([...problems]).toEqual([])
    expect([...new Set(network.violations)]).toEqual([])
    expect(share).toBeGreaterThanOrEqual(95.5)
    expect(wire.faults).toBeGreaterThan(wire.requests / 25)
    expect(network.tokenCount).toBeLessThanOrEqual(2 * Math.ceil(tookS / 2) + 10)
    expect(slowest).toBeLessThan(10_250)
    expect(growth).toBeLessThan(10)
    await client.close()
  },
)
