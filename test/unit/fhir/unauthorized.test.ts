import { expect, test } from 'vitest'
import { type AccessToken, type Authorize } from '../../../src/index.ts'
import { failure, fake, fhir, inTurn, leaks, patient, bundle } from '../../support/fhir-answers.ts'
import { createSandbox, type Sandbox } from '../../../src/testing/index.ts'
import { CarequalityClient } from '../../../src/index.ts'

const refused = (headers = {}): Response => fhir(401, '', headers)
const good = (): Response => fhir(200, patient('1'))

/** Gives S3CRET-TOKEN-1, -2 and so on, and tells how it was asked. */
function counting(): { authorize: Authorize; asked: unknown[] } {
  const asked: unknown[] = []
  const authorize: Authorize = ({ url, rejected, challenged }) => {
    asked.push({ url, rejected, challenged })
    return Promise.resolve(`S3CRET-TOKEN-${asked.length}`)
  }
  return { authorize, asked }
}

test('after a 401 one new token and one repeat', async () => {
  const { authorize, asked } = counting()
  const { client, seen } = fake(inTurn(refused, good), { authorize })
  await client.read('1')
  expect(asked).toMatchObject([{ challenged: false }, { challenged: true }])
  expect(seen.map(({ headers }) => headers.get('authorization'))).toEqual([
    'Bearer S3CRET-TOKEN-1',
    'Bearer S3CRET-TOKEN-2',
  ])
})

test('a second 401 is the end', async () => {
  const { authorize, asked } = counting()
  const { client, seen } = fake(() => refused(), { authorize })
  const error = await failure(client.read('1'))
  expect(error).toMatchObject({ code: 'ERR_CQ_UNAUTHORIZED', status: 401, retryable: false })
  expect([asked.length, seen.length]).toEqual([2, 2])
  expect(leaks(error)).toEqual([])
})

test('T5: insufficient_scope asks for no new token', async () => {
  for (const status of [401, 403]) {
    const headers = { 'www-authenticate': 'Bearer error="insufficient_scope", scope="x"' }
    const { authorize, asked } = counting()
    const { client, seen } = fake(() => fhir(status, '', headers), { authorize })
    expect((await failure(client.read('1'))).status).toBe(status)
    expect([asked.length, seen.length]).toEqual([1, 1])
  }
})

test('a token of the user that does not change is not sent twice', async () => {
  const { client, seen } = fake(() => refused(), { authorize: () => Promise.resolve('same') })
  expect((await failure(client.read('1'))).code).toBe('ERR_CQ_UNAUTHORIZED')
  expect(seen).toHaveLength(1)
})

test('without "authorize" a 401 is final', async () => {
  const { client, seen } = fake(() => refused())
  expect((await failure(client.read('1'))).code).toBe('ERR_CQ_UNAUTHORIZED')
  expect(seen).toHaveLength(1)
})

test('a search by POST and then by GET asks for two tokens at most', async () => {
  const { authorize, asked } = counting()
  const { client, seen } = fake(
    inTurn(
      () => refused(),
      () => fhir(404, ''),
      () => refused(),
    ),
    { authorize },
  )
  const error = await failure(client.search({ family: 'a' }).first())
  expect(error.code).toBe('ERR_CQ_UNAUTHORIZED')
  expect(seen.map(({ method }) => method)).toEqual(['POST', 'POST', 'GET'])
  expect(asked.map((one) => (one as { challenged: boolean }).challenged)).toEqual([false, true])
})

test('a 401 on a later page is mended once for that page', async () => {
  const { authorize } = counting()
  const { client, seen } = fake(
    inTurn(
      () => fhir(200, bundle(['1'], { next: '?page=2' })),
      () => refused(),
      () => fhir(200, bundle(['2'])),
    ),
    { authorize },
  )
  const { resources } = await client.search({ family: 'a' }).toArray({ max: 9 })
  expect(resources.map(({ id }) => id)).toEqual(['1', '2'])
  expect(seen.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET'])
})

test('what "authorize" throws comes through untouched, unsent', async () => {
  const mine = new Error('mine')
  const { client, seen } = fake(() => good(), { authorize: () => Promise.reject(mine) })
  await expect(client.read('1')).rejects.toBe(mine)
  expect(seen).toEqual([])
})

const isToken = ({ body }: { body: string }): boolean => body.includes('client_assertion')
const isRead = (request: { url: string }): boolean => request.url.endsWith('/Patient/1316024')

async function connected(): Promise<{ sandbox: Sandbox; client: CarequalityClient }> {
  const sandbox = await createSandbox()
  return { sandbox, client: new CarequalityClient(sandbox.options) }
}

test('T5: through the client a refused token is dropped and one new one is asked for', async () => {
  const { sandbox, client } = await connected()
  const { patients } = await client.organization('2.999.10')
  await patients.read('1316024')
  sandbox.respondOnce(isRead, fhir(401, ''))
  await patients.read('1316024')
  expect(sandbox.requests.filter(isToken)).toHaveLength(2)
  await patients.read('1316024')
  expect(sandbox.requests.filter(isToken)).toHaveLength(2)
})

test('T5: a server that always refuses gets two tokens a call', async () => {
  const { sandbox, client } = await connected()
  const { patients } = await client.organization('2.999.10')
  sandbox.respondOnce(isRead, fhir(401, ''))
  sandbox.respondOnce(isRead, fhir(401, ''))
  expect((await failure(patients.read('1316024'))).code).toBe('ERR_CQ_UNAUTHORIZED')
  expect(sandbox.requests.filter(isToken)).toHaveLength(2)
})

test('a refused token does not drop one that another request brought meanwhile', async () => {
  const { client } = await connected()
  const { patients, capabilities } = await client.organization('2.999.10')
  const held: AccessToken[] = []
  const authorize = client.tokenProvider.authorizer({
    tokenEndpoint: capabilities.tokenEndpoint ?? '',
    fhirBaseUrl: 'https://fhir.sunrise-clinic.example/r4',
    scope: 'system/Patient.read',
    mode: 'carequality-legacy',
    clientId: 'fhir.example-hospital.org',
  })
  const ask = async (rejected?: AccessToken): Promise<AccessToken> => {
    const { signal } = new AbortController()
    const token = await authorize({ url: '', rejected, challenged: rejected !== undefined, signal })
    if (typeof token !== 'object') throw new Error('a token expected')
    held.push(token)
    return token
  }
  const first = await ask()
  const second = await ask(first)
  expect(second).not.toBe(first)
  expect(await ask(first)).toBe(second)
  await patients.read('1316024')
  expect(held.every((token) => leaks(token, [token.accessToken]).length === 0)).toBe(true)
})

test('T5: 64 callers survive a token that dies under them', async () => {
  const { sandbox, client } = await connected()
  const { patients } = await client.organization('2.999.10')
  await patients.read('1316024')
  for (let n = 0; n < 64; n += 1) sandbox.respondOnce(isRead, fhir(401, ''))
  const reads = Array.from({ length: 64 }, () => patients.read('1316024'))
  expect((await Promise.all(reads)).every(({ id }) => id === '1316024')).toBe(true)
  expect(sandbox.requests.filter(isToken)).toHaveLength(2)
})
