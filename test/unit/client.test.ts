import { inspect } from 'node:util'
import { createHash, X509Certificate } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  CarequalityClient,
  DirectoryClient,
  type CarequalityClientOptions,
  type DirectoryEntry,
} from '../../src/index.ts'
import { createSandbox, type Sandbox } from '../../src/testing/index.ts'
import {
  entry,
  signer,
  statement,
  tokenEndpoint,
  world,
  smartConfiguration,
} from '../support/fake-responder.ts'
import { base, failure, leaks } from '../support/fhir-answers.ts'
import { until } from '../support/time.ts'
import { MemoryTokenCache } from '../../src/auth/index.ts'
import { pemSigner } from '../../src/signers/index.ts'
import { makeCertificate } from '../support/certificates.ts'
import { keyPair, ownSigner } from '../support/token-endpoint.ts'
import { pemOf } from './signers/keys.ts'

describe('client', () => {
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
      for (const context of [
        undefined,
        { mode: 'udap' },
        { clientId: '' },
        { claims: { aud: 'x' } },
      ])
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
        const { resources } = await responder.patients
          .search({ name: 'peters' })
          .toArray({ max: 9 })
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
      for (const baseUrl of [
        'http://fhir.example.org',
        'https://10.0.0.1',
        'https://localhost/r4',
      ]) {
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
})

describe('describe', () => {
  const MARK = 'S3CRET-MARK'
  const fetch = () => Promise.reject(new Error('nothing is asked'))

  async function clientOf(
    options: Partial<CarequalityClientOptions> = {},
  ): Promise<CarequalityClient> {
    return new CarequalityClient({
      clientId: 'a.example',
      signer: await signer(),
      fetch,
      ...options,
    })
  }

  describe('describe()', () => {
    test('says what is in effect where nothing was set', async () => {
      const own = await signer()
      const client = new CarequalityClient({ clientId: 'a.example', signer: own })
      expect(client.describe()).toEqual({
        version: expect.stringMatching(/^\d+\.\d+\.\d+/) as unknown,
        mode: 'carequality-legacy',
        clientId: 'a.example',
        scope: undefined,
        purposeOfUse: [],
        requirePurpose: false,
        audit: 'off',
        propagateTo: [],
        signer: { algorithms: own.algorithms, kid: own.kid },
        directory: 'custom',
        timeoutMs: 60_000,
        attemptTimeoutMs: undefined,
        transport: 'fetch',
        allowedOrigins: 'any-https',
        trustedOrigins: [],
        allowedPrivateHosts: [],
        allowInsecureLoopback: false,
        searchMethod: 'post-then-get',
        validation: 'shell',
        validatorCacheEntries: 0,
        sharedTokenCache: false,
        quirks: ['cerner.carequality-token', 'athenahealth.token-rate'],
        blocked: [],
      })
    })

    test('says what was set, and a rule for a function', async () => {
      const client = await clientOf({
        directory: { release: 'carequality-r4', environment: 'stage', apiKey: MARK },
        mode: 'smart-backend',
        scope: 'system/Patient.rs',
        purposeOfUse: ['TREAT', 'HOPERAT'],
        requirePurpose: true,
        timeoutMs: 5_000,
        attemptTimeoutMs: 900,
        allowedOrigins: ['https://a.example'],
        trustedOrigins: () => true,
        allowedPrivateHosts: ['fhir.internal'],
        searchMethod: 'post-only',
        validation: 'off',
        validatorCache: { maxEntries: 50 },
        tokenCache: new MemoryTokenCache(),
        disabledQuirks: ['athenahealth.token-rate'],
        signer: () => signer(),
      })
      expect(client.describe()).toMatchObject({
        mode: 'smart-backend',
        scope: 'system/Patient.rs',
        purposeOfUse: ['TREAT', 'HOPERAT'],
        requirePurpose: true,
        signer: 'rotating',
        directory: { network: 'carequality', environment: 'stage' },
        timeoutMs: 5_000,
        attemptTimeoutMs: 900,
        transport: 'custom',
        allowedOrigins: ['https://a.example'],
        trustedOrigins: 'rule',
        allowedPrivateHosts: ['fhir.internal'],
        searchMethod: 'post-only',
        validation: 'off',
        validatorCacheEntries: 50,
        sharedTokenCache: true,
        quirks: ['cerner.carequality-token'],
      })
    })

    test('says whom as() makes of it', async () => {
      const client = await clientOf({ scope: 'system/Patient.read' })
      const other = client.as({
        clientId: 'b.example',
        purposeOfUse: 'TREAT',
        mode: 'smart-backend',
      })
      expect(other.describe()).toMatchObject({
        clientId: 'b.example',
        purposeOfUse: ['TREAT'],
        mode: 'smart-backend',
        scope: 'system/Patient.read',
      })
      expect(client.describe()).toMatchObject({ clientId: 'a.example', purposeOfUse: [] })
    })

    test('is a copy: a change of it changes no setting', async () => {
      const trusted = [{ fhir: 'https://a.example', token: 'https://b.example' }]
      const allowed = ['https://a.example']
      const client = await clientOf({ trustedOrigins: trusted, allowedOrigins: allowed })
      const told = client.describe()
      expect(told.trustedOrigins).not.toBe(trusted)
      expect(told.allowedOrigins).not.toBe(allowed)
      expect(told).toEqual(client.describe())
      allowed.push('https://evil.example')
      trusted.push({ fhir: 'https://evil.example', token: 'https://evil.example' })
      expect(client.describe()).toEqual(told)
    })
  })

  test('B1: describe() shows no secret, whatever was put into the options', async () => {
    const own = await signer()
    const secretive = {
      ...own,
      certificates: [...(own.certificates ?? [])],
      pin: MARK,
      key: MARK,
      toJSON: () => MARK,
    }
    const client = await clientOf({
      directory: { release: 'carequality-stu3', apiKey: MARK },
      signer: secretive,
      claims: { secret: MARK },
      audience: { text: `https://a.example/?${MARK}` },
      assertion: { headers: { jku: `https://a.example/${MARK}` } },
      userAgent: `agent ${MARK}`,
      tokenCache: Object.assign(new MemoryTokenCache(), { password: MARK }),
      fetch: Object.assign(fetch, { MARK }),
      quirks: [
        {
          id: 'own',
          evidence: MARK,
          applies: () => true,
          apply: () => ({ form: { client_secret: MARK } }),
        },
      ],
      trustedOrigins: [
        {
          fhir: `https://user:${MARK}@a.example/r4?key=${MARK}`,
          token: `https://b.example/${MARK}`,
        },
      ],
      allowedOrigins: [`https://user:${MARK}@a.example/r4?key=${MARK}#${MARK}`],
      allowedPrivateHosts: ['fhir.internal'],
      context: () => ({ claims: { secret: MARK } }),
    })
    const told = [client.describe(), client.as({ claims: { secret: MARK } }).describe()]
    for (const one of told) {
      expect(JSON.stringify(one)).not.toContain(MARK)
      expect(inspect(one, { depth: 9, showHidden: true, getters: true })).not.toContain(MARK)
      expect(JSON.stringify(one)).not.toMatch(/MII[A-Za-z0-9+/]{20}/) // no certificate
      expect(one.allowedOrigins).toEqual(['https://a.example'])
      expect(one.trustedOrigins).toEqual([
        { fhir: 'https://a.example', token: 'https://b.example' },
      ])
    }
  })
})

describe('registration summary', () => {
  const published = { metadata: () => statement({ token: tokenEndpoint }) }
  const OID = '2.16.840.1.113883.3.13.1'
  const contacts = [
    {
      purpose: 'Technical',
      name: 'Ann Example',
      telecom: [
        { system: 'email', value: 'ann@example-clinic.org' },
        { system: 'phone', value: '+1 555 0100' },
      ],
    },
    { telecom: [{ value: 'front desk' }] },
  ]
  const listed: DirectoryEntry = { ...entry(OID), name: 'Sunrise Clinic', contacts }

  const pair = keyPair('RSA')
  const ca = keyPair('RSA')
  const leaf = makeCertificate({
    subject: 'fhir.example-hospital.org',
    publicKey: pair.publicKey,
    issuer: { name: 'Carequality CA', ...ca },
    dnsNames: ['fhir.example-hospital.org', 'alias.example-hospital.org'],
    uris: ['https://fhir.example-hospital.org/'],
    notBefore: new Date('2026-01-02'),
    notAfter: new Date('2036-03-04'),
  })

  test('the letter of a client with a certificate, line by line', async () => {
    const signer = await pemSigner({ key: pemOf(pair.privateKey), certificates: leaf.pem })
    const made = await world(published, {
      signer,
      directory: { read: () => Promise.resolve(listed) },
      scope: 'system/Patient.read system/Observation.read',
    })
    const responder = await made.client.organization(OID)
    const text = await responder.registrationSummary({
      description: 'Treatment at Example Hospital: patients’ records at the bedside.',
      jwksUrl: 'https://fhir.example-hospital.org/jwks.json',
      contact: 'it@example-hospital.org, +1 555 0199',
    })
    const digest = createHash('sha256').update(leaf.der).digest('hex').toUpperCase()
    const fingerprint = digest.match(/../g)?.join(':') ?? ''
    expect(new X509Certificate(leaf.pem).fingerprint256).toBe(fingerprint)
    expect(text).toBe(`Registration of fhir.example-hospital.org

To Sunrise Clinic (${OID})
Technical, Ann Example, email: ann@example-clinic.org, phone: +1 555 0100
at: front desk

Please register this client for access by client credentials
(private_key_jwt, RFC 7523; SMART Backend Services).

Client id       fhir.example-hospital.org
Description     Treatment at Example Hospital: patients’ records at the bedside.
FHIR server     ${base}
Token endpoint  ${tokenEndpoint}
Scopes          system/Patient.read system/Observation.read
Algorithms      RS384, RS256, RS512, PS384, PS256, PS512
JWKS URL        https://fhir.example-hospital.org/jwks.json
Certificate     CN=fhir.example-hospital.org
Issued by       CN=Carequality CA
Other names     DNS:fhir.example-hospital.org, DNS:alias.example-hospital.org, URI:https://fhir.example-hospital.org/
SHA-256         ${fingerprint}
Valid           2026-01-02 to 2036-03-04
Contact         it@example-hospital.org, +1 555 0199
`)
    // Nothing was asked for it but what says who the responder is.
    expect(made.seen.map(({ url }) => new URL(url).pathname)).not.toContain('/oauth/token')
  })

  test('the identity is the one that this responder is asked with', async () => {
    const signer = await ownSigner(keyPair('P-256'), { kid: 'k-2026' })
    const made = await world(
      { smart: () => smartConfiguration() },
      { signer, context: () => ({ clientId: 'their-id-7' }) },
    )
    const responder = await made.client.responder({ baseUrl: base })
    const smart = responder.as({ mode: 'smart-backend', scope: 'system/Patient.rs' })
    const text = await smart.registrationSummary()
    expect(text).toContain('Registration of their-id-7\n')
    expect(text).toMatch(/^To the operator of fhir\.example\.org$/m)
    expect(text).toMatch(/^Scopes {10}system\/Patient\.rs$/m)
    expect(text).toMatch(/^Key id {10}k-2026$/m)
    for (const absent of ['Certificate', 'JWKS URL', 'Contact', 'undefined']) {
      expect(text).not.toContain(absent)
    }
    const bare = await world({ smart: () => smartConfiguration() }, { mode: 'smart-backend' })
    const own = await bare.client.responder({ baseUrl: base })
    expect(await own.registrationSummary()).toMatch(/^Key id {10}[\w-]{43}$/m)
  })

  test('whom to write to is the one whose endpoint serves the entry', async () => {
    const child = { ...entry('1.2.3'), name: 'Ward', endpoints: [], partOf: OID }
    const made = await world(published, {
      directory: { read: (id) => Promise.resolve(id === OID ? listed : child) },
    })
    const text = await (await made.client.organization('1.2.3')).registrationSummary()
    expect(text).toContain(`To Sunrise Clinic (${OID})\nTechnical, Ann Example`)
    const silent = await world(published, {
      directory: { read: () => Promise.resolve(entry(OID)) },
    })
    const without = await (await silent.client.organization(OID)).registrationSummary()
    expect(without).toContain('(the directory names no contact)')
  })

  test('nobody forges a line of it', async () => {
    const forged: DirectoryEntry = {
      ...listed,
      name: 'Clinic\nClient id       evil',
      contacts: [
        {
          name: 'a\r\nScopes          system/*.*',
          telecom: [{ value: 'b\u2028Scopes          c' }],
        },
      ],
    }
    const made = await world(published, { directory: { read: () => Promise.resolve(forged) } })
    const details = { description: 'x\nContact         evil', contact: 'y\u0000\nz' }
    const responder = await made.client.organization(OID)
    const text = await responder.registrationSummary(details)
    for (const name of ['Client id', 'Scopes', 'Contact']) {
      expect(text.split(/[\n\r\u2028\u2029]/).filter((line) => line.startsWith(name))).toHaveLength(
        1,
      )
    }
  })

  test.each<[option: string, details: unknown]>([
    ['details', 'text'],
    ['details', null],
    ['details.description', { description: '' }],
    ['details.jwksUrl', { jwksUrl: 7 }],
    ['details.contact', { contact: {} }],
  ])('a wrong "%s" is a TypeError', async (option, details) => {
    const made = await world(published)
    const responder = await made.client.responder({ baseUrl: base })
    const error: unknown = await responder
      .registrationSummary(details as never)
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(TypeError)
    expect(String(error)).toContain(`"${option}"`)
  })
})
