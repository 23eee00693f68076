import { inspect } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { CarequalityClient, DirectoryClient } from '../../src/index.ts'
import { createSandbox, type Sandbox } from '../../src/testing/index.ts'
import { entry, signer, statement, tokenEndpoint, world } from '../support/fake-responder.ts'
import { base, failure, leaks } from '../support/fhir-answers.ts'
import { until } from '../support/time.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await createSandbox()
})

describe('wrong arguments are TypeErrors before any I/O', () => {
  test('of the constructor', async () => {
    const good = { clientId: 'a', signer: await signer() }
    const quirk = { id: 'a.b', evidence: 'c', applies: () => true, apply: () => ({}) }
    const wrong: readonly object[] = [
      { clientId: undefined },
      { clientId: '' },
      { clientId: 5 },
      { signer: undefined },
      { signer: {} },
      { mode: 'udap' },
      { scope: '' },
      { scope: 'a  b' },
      { audience: 'everyone' },
      { audience: { text: '' } },
      { purposeOfUse: 5 },
      { claims: { iss: 'x' } },
      { claims: [] },
      { searchMethod: 'put' },
      { context: {} },
      { quirks: {} },
      { quirks: [{}] },
      { quirks: [{ ...quirk, apply: undefined }] },
      { disabledQuirks: 'a.b' },
      { directory: 'https://directory.example' },
      { directory: {} },
      { directory: { release: 'carequality-stu4', apiKey: 'k' } },
      { directory: { release: 'carequality-r4', apiKey: 'k' } },
      { directory: { release: 'carequality-stu3' } },
      { fetch: 5 },
      { transport: {} },
      { timeoutMs: 0 },
      { attemptTimeoutMs: '5' },
      { bodyLimits: { token: 0 } },
      { userAgent: '' },
      { now: 5 },
      { randomUUID: 'x' },
      { onEvent: 'log' },
      { trustedOrigins: 'any' },
      { trustedOrigins: [{ fhir: 'x' }] },
      { allowedOrigins: 'https://a.example' },
      { allowedOrigins: ['nowhere'] },
      { allowedPrivateHosts: 'a' },
      { allowInsecureLoopback: 1 },
    ]
    for (const options of wrong) {
      const make = () => new CarequalityClient({ ...good, ...options })
      expect(make, inspect(options)).toThrow(TypeError)
    }
    expect(() => new CarequalityClient(undefined as never)).toThrow(TypeError)
  })

  test('of its methods', async () => {
    const { client, seen } = await world(
      {},
      { directory: { read: () => Promise.reject(new Error()) } },
    )
    const calls: readonly (() => Promise<unknown>)[] = [
      () => client.organization(''),
      () => client.organization(5 as never),
      () => client.organization('1.2', { timeoutMs: -1 }),
      () => client.responder(undefined as never),
      () => client.responder({ baseUrl: 'fhir' }),
      () => client.responder({ baseUrl: 'https://u:p@fhir.example.org' }),
      () => client.responder({ baseUrl: base, tokenEndpoint: '' }),
      () => client.responder({ baseUrl: base, tokenEndpoint: 'token' }),
      () => client.responder({ baseUrl: base }, { signal: {} as never }),
    ]
    for (const call of calls) await expect(call(), call.toString()).rejects.toThrow(TypeError)
    for (const context of [undefined, { mode: 'udap' }, { clientId: '' }, { claims: { aud: 'x' } }])
      expect(() => client.as(context as never)).toThrow(TypeError)
    expect(seen).toEqual([])
  })

  test('of organization() without a directory', async () => {
    const { client, seen } = await world()
    await expect(client.organization('1.2.3')).rejects.toThrow(/"directory"/)
    expect(seen).toEqual([])
  })
})

describe('organization() in the sandbox', () => {
  const client = (): CarequalityClient => new CarequalityClient(sandbox.options)

  test.each(['2.16.840.1.113883.3.13.1', '2.999.10', '2.999.20'])(
    '%s leads to its patients without a token before it is needed',
    async (oid) => {
      const before = sandbox.requests.length
      const responder = await client().organization(`urn:oid:${oid}`)
      expect(responder.entry).toMatchObject({ oid, active: true })
      expect(responder.servedBy).toBe(responder.entry)
      expect(sandbox.requests.slice(before).every(({ method }) => method === 'GET')).toBe(true)
      expect((await responder.patients.read('1316024')).id).toBe('1316024')
      const { resources } = await responder.patients.search({ name: 'peters' }).toArray({ max: 9 })
      expect(resources).toHaveLength(5)
    },
  )

  test.each([
    ['2.999.30', 'ERR_CQ_ENTRY_INACTIVE', '2.999.30'],
    ['2.999.40', 'ERR_CQ_NO_USABLE_ENDPOINT', '2.999.40'],
    ['2.999.99', 'ERR_CQ_ENTRY_NOT_FOUND', '2.999.99'],
  ])('%s is %s, and no FHIR server is asked', async (oid, code, organization) => {
    const before = sandbox.requests.length
    const error = await failure(client().organization(oid))
    expect(error).toMatchObject({ code, organization, retryable: false })
    expect(sandbox.requests).toHaveLength(before + 1)
    expect(leaks(error, [sandbox.options.directory.apiKey])).toEqual([])
  })

  test('says of each endpoint why it is not used', async () => {
    const { message } = await failure(client().organization('2.999.40'))
    expect(message).toMatch(/ skipped: XCPD.* skipped: XCA/s)
  })

  test('asks the directory and the server once for two calls', async () => {
    const own = client()
    await own.organization('2.999.10')
    const before = sandbox.requests.length
    const again = await own.organization('urn:oid:2.999.10')
    expect(again.entry?.oid).toBe('2.999.10')
    expect(sandbox.requests).toHaveLength(before)
  })
})

describe('a directory of the user', () => {
  test('is anything with read()', async () => {
    const asked: unknown[] = []
    const read = (id: string, options: unknown) => {
      asked.push([id, Object.keys(options as object).sort()])
      return Promise.resolve(entry('1.2.3'))
    }
    const { client } = await world({ metadata: () => statement() }, { directory: { read } })
    const responder = await client.organization('1.2.3', { timeoutMs: 5_000 })
    expect(responder.endpoint).toEqual({ address: base })
    expect(asked).toEqual([['1.2.3', ['signal', 'timeoutMs']]])
    expect(client.directory).toEqual({ read })
  })

  test.each([undefined, null, {}, { id: '1' }, { id: '1', endpoints: {} }])(
    'that gives %j is a TypeError',
    async (given) => {
      const read = () => Promise.resolve(given as never)
      const { client, seen } = await world({}, { directory: { read } })
      await expect(client.organization('1.2.3')).rejects.toThrow(TypeError)
      expect(seen).toEqual([])
    },
  )

  test('that throws is heard untouched', async () => {
    const mine = new Error('mine')
    const { client } = await world({}, { directory: { read: () => Promise.reject(mine) } })
    await expect(client.organization('1.2.3')).rejects.toBe(mine)
  })

  test('is not closed with the client, and one of our own making is', async () => {
    const { fetch } = sandbox
    const directory = new DirectoryClient({ ...sandbox.options.directory, fetch })
    const shared = new CarequalityClient({ ...sandbox.options, directory })
    await shared.close()
    expect((await directory.read('2.999.10')).oid).toBe('2.999.10')
    const own = new CarequalityClient(sandbox.options)
    await own.close()
    await expect(own.directory.read('2.999.10')).rejects.toThrow(/closed/)
  })
})

describe('responder()', () => {
  test('needs no directory', async () => {
    const { client, of } = await world({ metadata: () => statement({ token: tokenEndpoint }) })
    const responder = await client.responder({ baseUrl: `${base}/` })
    expect(responder.entry).toBeUndefined()
    expect(responder.capabilities).toMatchObject({ tokenEndpoint, fhirVersion: '4.0.1' })
    await responder.patients.read('1')
    expect(of('patients')[0]?.url).toBe(`${base}/Patient/1`)
    expect(of('patients')[0]?.headers.get('authorization')).toBe('Bearer S3CRET-TOKEN')
  })

  test("takes the caller's token endpoint before all published ones", async () => {
    const mine = 'https://fhir.example.org/mine/token'
    const { client, of } = await world({ metadata: () => statement({ token: tokenEndpoint }) })
    const responder = await client.responder({ baseUrl: base, tokenEndpoint: ` ${mine} ` })
    await responder.patients.read('1')
    expect(of('token').map(({ url }) => url)).toEqual([mine])
    expect(responder.explain().toString()).toContain('given by the caller')
  })

  test('refuses a server of another FHIR version', async () => {
    for (const [version, shown] of [
      ['3.0.2', '3.0.2'],
      ['5.0.0', '5.0.0'],
      ['<Zebulon-Marker>', 'of an unknown version'],
    ] as const) {
      const { client } = await world({ metadata: () => statement({ version }) })
      const error = await failure(client.responder({ baseUrl: base }))
      expect(error).toMatchObject({
        code: 'ERR_CQ_UNSUPPORTED_SERVER',
        operation: 'client.responder',
        origin: 'https://fhir.example.org',
      })
      expect(error.message).toContain(shown)
      expect(leaks(error)).toEqual([])
    }
    const { client } = await world({ metadata: () => statement({ version: '4.3.0' }) })
    expect((await client.responder({ baseUrl: base })).capabilities.fhirVersion).toBe('4.3.0')
  })

  test('refuses a server that publishes nothing', async () => {
    const { client } = await world()
    const error = await failure(client.responder({ baseUrl: base }))
    expect(error.code).toBe('ERR_CQ_UNSUPPORTED_SERVER')
  })

  test('refuses private addresses and http unsent', async () => {
    const { client, seen } = await world()
    for (const baseUrl of ['http://fhir.example.org', 'https://10.0.0.1', 'https://localhost/r4']) {
      const error = await failure(client.responder({ baseUrl }))
      expect(error.code).toBe('ERR_CQ_ORIGIN_REFUSED')
    }
    expect(seen).toEqual([])
  })
})

test('timeoutMs and signal hold for the whole call', async () => {
  const never = () => new Promise<Response>(() => undefined)
  const { client } = await world({ metadata: never, smart: never })
  const late = await failure(client.responder({ baseUrl: base }, { timeoutMs: 30 }))
  expect(late).toMatchObject({ code: 'ERR_CQ_TIMEOUT', operation: 'client.responder' })
  const leaving = new AbortController()
  const waiting = client.responder({ baseUrl: base }, { signal: leaving.signal })
  leaving.abort('mine')
  await expect(waiting).rejects.toBe('mine')

  const slow = await world({ metadata: () => statement({ token: tokenEndpoint }), token: never })
  const { patients } = await slow.client.responder({ baseUrl: base })
  const error = await failure(patients.read('1', { timeoutMs: 100 }))
  expect(error).toMatchObject({ code: 'ERR_CQ_TIMEOUT', operation: 'patients.read' })
  const gone = new AbortController()
  const reading = patients.read('1', { signal: gone.signal })
  await until(() => slow.of('token').length > 0)
  gone.abort('left')
  await expect(reading).rejects.toBe('left')
  expect(slow.of('patients')).toEqual([])
})

test('close() ends pending calls and refuses later ones, those of as() too', async () => {
  const never = () => new Promise<Response>(() => undefined)
  const documents = { metadata: () => statement({ token: tokenEndpoint }) }
  const { client, seen, of } = await world({ ...documents, patients: never })
  const { patients } = await client.responder({ baseUrl: base })
  const other = client.as({ scope: 'system/*.read' })
  const pending = [patients.read('1'), patients.search({ family: 'a' }).first()]
  const ended = pending.map((one) => expect(one).rejects.toThrow(/closed/))
  await until(() => of('patients').length === 2)
  await client.close()
  await Promise.all(ended)
  const before = seen.length
  for (const late of [
    () => patients.read('1'),
    () => client.responder({ baseUrl: base }),
    () => other.responder({ baseUrl: base }),
    () => other.organization('1.2.3'),
  ])
    await expect(late()).rejects.toThrow(/closed/)
  expect(seen).toHaveLength(before)
  await client.close()
})
