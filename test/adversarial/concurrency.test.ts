/** T1 to T5, K9, K12: many callers at once. */
import { describe, expect, test } from 'vitest'
import type { CarequalityClientOptions, Responder, Signer } from '../../src/index.ts'
import { makeCertificate } from '../support/certificates.ts'
import { failureOf } from '../support/answering-fetch.ts'
import { keyPair, ownSigner } from '../support/token-endpoint.ts'
import {
  BASE,
  clientOf,
  foreignSigner,
  SmallNetwork,
  transportTo,
  type SmallNetworkOptions,
} from './small-network.ts'
import { holdTime, settledIn, turns, until } from '../support/time.ts'

async function responderOf(
  network: SmallNetwork,
  options: Partial<CarequalityClientOptions> = {},
): Promise<Responder> {
  const { client } = await clientOf(
    transportTo((request) => network.answer(request)),
    options,
  )
  return client.responder({ baseUrl: BASE })
}

async function started(
  own: SmallNetworkOptions = {},
  options: Partial<CarequalityClientOptions> = {},
): Promise<{ network: SmallNetwork; responder: Responder }> {
  const network = new SmallNetwork(own)
  return { network, responder: await responderOf(network, options) }
}

function many<T>(count: number, work: (number: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, number) => work(number)))
}

/** Callers that read again and again for some time and `atLeast` so often; how often, and what failed. */
async function callers(
  count: number,
  ms: number,
  read: () => Promise<unknown>,
  atLeast = 0,
): Promise<{ calls: number; failures: unknown[]; tookMs: number }> {
  const begun = performance.now()
  const tally = { calls: 0, failures: [] as unknown[] }
  await many(count, async () => {
    while (performance.now() < begun + ms || tally.calls <= atLeast) {
      tally.calls += 1
      await read().catch((error: unknown) => tally.failures.push(error))
      await new Promise((resolve) => setImmediate(resolve))
    }
  })
  return { ...tally, tookMs: performance.now() - begun }
}

describe('tokens', () => {
  test('T2: 500 cold calls, one token request', async () => {
    const { network, responder } = await started({ tokenDelay: 50 })
    const read = await many(500, (number) => responder.patients.read(`p${number}`))
    expect(read.map(({ id }) => id)).toEqual(read.map((_, number) => `p${number}`))
    expect(network.tokenCount).toBe(1)
    expect(network.violations).toEqual([])
  })

  test('T2: 500 cold calls from the OID on, one request for each document', async () => {
    const network = new SmallNetwork({ tokenDelay: 50 })
    const { client } = await clientOf(transportTo((request) => network.answer(request)))
    await many(500, async (number) =>
      (await client.organization('2.999.10')).patients.read(`p${number}`),
    )
    const { counts } = network
    expect([
      counts.get('metadata'),
      counts.get('smart'),
      counts.get('token'),
      counts.get('read'),
    ]).toEqual([1, 1, 1, 500])
  })

  test('T3: one of fifty leaves, the others get the token; the first of two leaves, too', async () => {
    for (const [count, leaves] of [
      [50, 17],
      [2, 0],
    ] as const) {
      const { network, responder } = await started({ tokenDelay: 50 })
      const controller = new AbortController()
      const reason = new Error('mine')
      const reads = Array.from({ length: count }, (_, number) =>
        responder.patients.read('p', number === leaves ? { signal: controller.signal } : {}),
      )
      await until(() => network.tokenCount === 1)
      controller.abort(reason)
      const settled = await Promise.allSettled(reads)
      expect(
        settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : [])),
      ).toEqual([reason])
      expect(settled[leaves]?.status).toBe('rejected')
      expect(network.tokenCount).toBe(1)
    }
  })

  test('T3: when all have left the request is cancelled, and the next call works', async () => {
    const network = new SmallNetwork({ tokenDelay: 50 })
    const cancelled: string[] = []
    const { client } = await clientOf({
      send: (request) => {
        request.signal.addEventListener('abort', () => cancelled.push(request.url))
        return transportTo((asked) => network.answer(asked)).send(request)
      },
    })
    const { patients } = await client.responder({ baseUrl: BASE })
    const controller = new AbortController()
    const reads = Array.from({ length: 20 }, () =>
      failureOf(patients.read('p', { signal: controller.signal })),
    )
    await until(() => network.tokenCount === 1)
    controller.abort(new Error('mine'))
    expect((await Promise.all(reads)).map(String)).toEqual(reads.map(() => 'Error: mine'))
    expect(cancelled).toEqual(['https://fhir.example.org/oauth/token'])
    expect((await patients.read('p')).id).toBe('p')
    expect(network.tokenCount).toBe(2)
  })

  test('T4: a failure reaches those who wait and is not remembered', async () => {
    const network = new SmallNetwork()
    let failing = true
    const { client } = await clientOf(
      transportTo(async (request) => {
        if (!failing || !request.url.endsWith('/token')) return network.answer(request)
        await turns()
        return { status: 500, type: 'text/html', body: new Uint8Array() }
      }),
    )
    const { patients } = await client.responder({ baseUrl: BASE })
    const failed = await many(20, (number) => failureOf(patients.read(`p${number}`)))
    expect(failed).toEqual(failed.map(() => expect.objectContaining({ status: 500 }) as unknown))
    failing = false
    expect((await patients.read('p')).id).toBe('p')
  })

  test('T1: 200 reads at once for 4 purposes: 4 tokens, and each read with one that was minted for it', async () => {
    const { network, responder } = await started({ tokenDelay: 20 })
    const purposes = ['TREAT', 'HPAYMT', 'HOPERAT', 'PUBHLTH']
    await many(200, (number) => {
      const purpose = purposes[number % 4] ?? ''
      const context = { purposeOfUse: purpose, claims: { purpose_of_use: purpose } }
      return responder.as(context).patients.read(`${purpose}-${number}`)
    })
    expect(network.tokenCount).toBe(4)
    expect(network.purposes.size).toBe(200)
    for (const [id, purpose] of network.purposes)
      expect(id.startsWith(`${String(purpose)}-`), id).toBe(true)
  })

  test('T1: tenants of one client, and purposes without a claim, have tokens of their own', async () => {
    const { network, responder } = await started()
    await many(60, (number) =>
      responder
        .as({
          clientId: `tenant-${number % 3}`,
          purposeOfUse: number % 2 === 0 ? 'TREAT' : 'HPAYMT',
        })
        .patients.read('p'),
    )
    expect(network.tokenCount).toBe(6)
  })

  test('T5: tokens that die every 300 ms under 64 callers: not one failure', async () => {
    // By what the server says of their life, and, worse, against it.
    for (const own of [
      { expiresIn: 300, tokenLifeMs: 300 },
      { expiresIn: 1, tokenLifeMs: 300 },
    ]) {
      const time = holdTime('Date')
      const { network, responder } = await started(own)
      const read = () => responder.patients.read('p')
      let count = 0
      const calling = { over: false }
      const counted = () => {
        count += 1
        return read()
      }
      const called = callers(64, 1_500, counted, 200).finally(() => (calling.over = true))
      // Time goes by calls: a signature takes what the machine has left.
      for (let before = 0; !calling.over;) {
        await turns(5)
        await time.pass(count > before ? 10 : 1)
        before = count
      }
      const { calls, failures, tookMs } = await called
      expect(failures).toEqual([])
      expect(calls).toBeGreaterThan(200)
      expect(network.tokenCount).toBeGreaterThanOrEqual(4)
      expect(network.tokenCount).toBeLessThanOrEqual(2 * Math.ceil((tookMs + 500) / 300) + 2)
      expect(network.violations).toEqual([])
    }
  })
})

describe('keys', () => {
  test('K12: a key replaced at every fifth call of 32 callers: each signature fits its own certificate', async () => {
    const signers = await many(6, async (number) => {
      const own = await certifiedSigner(number)
      // Some of them somebody else's, whose signature takes its time.
      return number % 3 === 0 ? own : slow(own)
    })
    let current = 0
    const network = new SmallNetwork()
    const { client } = await clientOf(
      transportTo((request) => network.answer(request)),
      {
        signer: () => at(signers, current),
      },
    )
    const responder = await client.responder({ baseUrl: BASE })
    let scope = 0
    // Another claim each time, so that each call needs a token of its own.
    const read = () => {
      scope += 1
      if (scope % 5 === 0) current += 1
      return responder.as({ claims: { number: scope } }).patients.read('p')
    }
    const { calls, failures } = await callers(32, 0, read, 200)
    expect(failures).toEqual([])
    expect(network.tokenCount).toBe(calls)
    expect(calls).toBeGreaterThan(200)
    expect(current).toBeGreaterThan(20)
    expect(network.violations).toEqual([])
  })

  test('K9: a signer that hangs costs its own callers the signer’s time, and nobody else anything', async () => {
    const time = holdTime()
    const hanging = await foreignSigner(() => new Promise(() => undefined))
    const other = await certifiedSigner(1)
    let signer: Signer = hanging
    const network = new SmallNetwork()
    const { client } = await clientOf(
      transportTo((request) => network.answer(request)),
      {
        signer: () => signer,
        assertion: { signerTimeoutMs: 400 },
      },
    )
    const responder = await client.responder({ baseUrl: BASE })
    const start = performance.now()
    const stuck = many(20, (number) =>
      failureOf(responder.as({ claims: { number } }).patients.read('p')),
    )
    await turns()
    signer = other
    expect((await responder.as({ claims: { number: 'other' } }).patients.read('p')).id).toBe('p')
    expect(performance.now() - start).toBeLessThan(400)
    expect(await settledIn(time, stuck)).toEqual(
      Array.from(
        { length: 20 },
        () => expect.objectContaining({ code: 'ERR_CQ_SIGNER_TIMEOUT' }) as unknown,
      ),
    )
    expect(performance.now() - start).toBeLessThan(2_000)
    expect((await responder.patients.read('p')).id).toBe('p')
  })

  test('K9: a caller who leaves while the signer hangs does not wait for it', async () => {
    const signer = await foreignSigner(() => new Promise(() => undefined))
    const { responder } = await started({}, { signer, timeoutMs: 60_000 })
    const reason = new Error('mine')
    const controller = new AbortController()
    const read = failureOf(responder.patients.read('p', { signal: controller.signal }))
    await turns()
    controller.abort(reason)
    expect(await read).toBe(reason)
  })
})

function at<T>(all: readonly T[], number: number): T {
  const [one] = all.slice(number % all.length)
  if (one === undefined) throw new Error('there is none')
  return one
}

async function certifiedSigner(number: number): Promise<Signer> {
  const pair = keyPair(number % 2 === 0 ? 'RSA' : 'P-256')
  const subject = `key-${number}`
  const { pem } = makeCertificate({ subject, publicKey: pair.publicKey, issuer: pair })
  return ownSigner(pair, { certificates: pem })
}

function slow(own: Signer): Signer {
  return {
    algorithms: own.algorithms,
    certificates: own.certificates,
    sign: async (data, context) => {
      await turns(data.byteLength % 16)
      return own.sign(data, context)
    },
  }
}
