import { generateKeyPairSync } from 'node:crypto'
import { resolve } from 'node:path'
import ts from 'typescript'
import { afterEach, describe, expect, test } from 'vitest'
import { TokenTrust } from '../../src/discovery/token-trust.ts'
import {
  AssertionSigner,
  CapabilityResolver,
  CarequalityClient,
  cryptoKeySigner,
  DirectoryClient,
  FhirPatientClient,
  jwkSigner,
  pemSigner,
  selectEndpoint,
  TokenProvider,
} from '../../src/index.ts'
import { MemoryTokenCache } from '../../src/auth/index.ts'
import { digestSigner } from '../../src/signers/index.ts'
import { directoryReleases, DirectorySnapshot } from '../../src/directory/index.ts'
import { FhirClient } from '../../src/fhir/index.ts'
import {
  encryptedPemSigner,
  fileRegistrations,
  keyObjectSigner,
  nodeTransport,
  pkcs11Signer,
  pkcs12Signer,
} from '../../src/node/index.ts'
import { balpAudit } from '../../src/audit/index.ts'
import { openTelemetry } from '../../src/otel/index.ts'
import { UrlPolicy } from '../../src/http/policies/egress.ts'
import { hasMember, ownProperties } from '../../src/lib/own.ts'
import { createSandbox } from '../../src/testing/index.ts'
import { issueCertificate } from '../../src/testing/pki.ts'
import {
  hl7B2b,
  memoryRegistrations,
  tefcaBasicApp,
  tefcaIas,
  trustStore,
  UdapClient,
  type B2bOrganization,
} from '../../src/udap/index.ts'
import { root } from '../support/run.ts'
import { BASE_URL, udapWorld } from '../support/udap-world.ts'
import { signer, statement, world } from '../support/fake-responder.ts'
import { jsonAnswer, wire } from '../support/answering-fetch.ts'
import { base, bundle, failure, fake, fhir, patient } from '../support/fhir-answers.ts'

/** What others put on `Object.prototype` is no option of any constructor or factory. */
describe('own options', async () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = rsa.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
  const signer = await pemSigner({ key: pem })
  const base = { baseUrl: 'https://fhir.example.org/r4' }
  const { der } = await issueCertificate({ subject: 'Root', ca: true, notBefore: 0 })
  const community = { community: 'urn:oid:2.999', anchors: der }
  const trust = trustStore([community])

  /** Marks an object as options; copies by spread have the mark as well. */
  const MARK = Symbol('options')

  /** Each public constructor and factory, with an object for each of its options that holds settings. */
  const CALLS: Readonly<Record<string, (options: object) => unknown>> = {
    CarequalityClient: (options) =>
      new CarequalityClient({
        ...{ clientId: 'c', signer, ...options },
        assertion: { ...options },
        validatorCache: { maxEntries: 1, ...options },
        bodyLimits: { ...options },
        trustedOrigins: [{ fhir: 'https://a.example', token: 'https://b.example', ...options }],
        audience: { text: 'a', ...options },
        directory: { release: 'carequality-stu3', apiKey: 'k', ...options },
      }),
    AssertionSigner: (options) => new AssertionSigner({ clientId: 'c', signer, ...options }),
    TokenProvider: (options) => {
      const assertions = new AssertionSigner({ clientId: 'c', signer })
      return new TokenProvider({ assertions, ...options })
    },
    MemoryTokenCache: (options) => new MemoryTokenCache(options),
    CapabilityResolver: (options) => new CapabilityResolver(options),
    DirectoryClient: (options) =>
      new DirectoryClient({
        ...{ apiKey: 'k', baseUrl: 'https://d.example', ...options },
        release: {
          ...{ ...directoryReleases['carequality-r4'], ...options },
          apiKey: { in: 'header', ...options },
          baseUrls: { ...options },
          paging: { ...options },
        },
      }),
    FhirClient: (options) =>
      new FhirClient({ ...base, ...options, validatorCache: { maxEntries: 1, ...options } }),
    FhirPatientClient: (options) => new FhirPatientClient({ ...base, ...options }),
    selectEndpoint: (options) =>
      selectEndpoint({ id: 'x', endpoints: [] } as never, { ...options }).catch(() => undefined),
    pemSigner: (options) => pemSigner({ key: pem, ...options }),
    jwkSigner: (options) =>
      jwkSigner({ ...options, key: { ...rsa.privateKey.export({ format: 'jwk' }), ...options } }),
    cryptoKeySigner: async (options) => {
      const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
      const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, true, ['sign'])
      return cryptoKeySigner({ key: privateKey, publicKey, ...options })
    },
    digestSigner: (options) =>
      digestSigner({
        algorithms: ['RS256'],
        publicKey: rsa.publicKey.export({ format: 'jwk' }) as never,
        signDigest: () => Promise.reject(new Error('nothing is signed here')),
        ...options,
      }),
    nodeTransport: (options) => nodeTransport(options).close?.(),
    keyObjectSigner: (options) => keyObjectSigner({ key: rsa.privateKey, ...options }),
    encryptedPemSigner: (options) => {
      const key = rsa.privateKey.export({
        ...{ format: 'pem', type: 'pkcs8', cipher: 'aes-128-cbc', passphrase: 'p' },
      }) as string
      return encryptedPemSigner({ key, passphrase: 'p', ...options })
    },
    pkcs12Signer: (options) =>
      pkcs12Signer({ pfx: new Uint8Array(4), passphrase: 'p', ...options }).catch(() => undefined),
    pkcs11Signer: (options) =>
      pkcs11Signer({ module: {}, ...options } as never).catch(() => undefined),
    fileRegistrations: (options) => fileRegistrations('registrations.json', options),
    openTelemetry: (options) => openTelemetry(options),
    balpAudit: (options) =>
      balpAudit({
        ...{ sink: { write: () => Promise.resolve() }, ...options },
        source: { name: 'x', address: 'x', ...options },
        user: { name: 'x', ...options, id: { system: 'x', value: 'x', ...options } },
      }),
    createSandbox: (options) => createSandbox({ ...options }),
    trustStore: (options) =>
      trustStore([{ ...community, revocation: { ...options }, ...options }], options),
    UdapClient: (options) =>
      new UdapClient({
        ...{ clientUri: 'https://c.example', signer, clientName: 'c', scope: 's', trust },
        contacts: ['mailto:a@c.example'],
        certifications: [{ uris: ['https://c.example/app'], name: 'n', ...options }],
        organization: organization(options),
        ...options,
      }),
    memoryRegistrations: (options) => memoryRegistrations(options),
    hl7B2b: (options) => hl7B2b({ ...organization(options), purposeOfUse: ['TREAT'] }),
    tefcaIas: (options) =>
      tefcaIas({ userInformation: {}, patientInformation: {}, idToken: 't', ...options }),
    tefcaBasicApp: (options) =>
      tefcaBasicApp({ purpose: 'T-TREAT', homeCommunityId: 'urn:oid:2.999', ...options }),
  }

  function organization(options: object): B2bOrganization {
    return {
      organizationId: 'urn:oid:2.999.1',
      subject: { name: 'n', ...options },
      consent: { policy: ['urn:oid:2.999.2'], ...options },
      ...options,
    }
  }

  const ENTRIES = [
    'index',
    'auth/index',
    'directory/index',
    'fhir/index',
    'discover/index',
    'signers/index',
    'node/index',
    'testing/index',
    'otel/index',
    'audit/index',
    'udap/index',
  ]

  const SOURCE = resolve(root, 'src')

  /** Every member of every options type of the public constructors and functions, as their types have it. */
  function optionNames(): ReadonlyMap<string, ReadonlySet<string>> {
    const { config } = ts.readConfigFile(`${root}/tsconfig.json`, ts.sys.readFile.bind(ts.sys)) as {
      config: object
    }
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
    const files = ENTRIES.map((entry) => `${root}/src/${entry}.ts`)
    const program = ts.createProgram(files, options)
    const checker = program.getTypeChecker()
    const found = new Map<string, Set<string>>()
    const membersOf = (type: ts.Type, into: Set<string>, depth: number): void => {
      for (const part of type.isUnion() ? type.types : [type]) {
        const isObject = part.isIntersection() || (part.flags & ts.TypeFlags.Object) !== 0
        if (!isObject || part.getCallSignatures().length > 0) continue
        if (checker.isArrayType(part)) {
          for (const item of checker.getTypeArguments(part as ts.TypeReference))
            membersOf(item, into, depth)
          continue
        }
        for (const member of part.getProperties()) {
          const declared = member.declarations?.[0]
          if (declared?.getSourceFile().fileName.startsWith(SOURCE) !== true) continue
          if ((member.flags & ts.SymbolFlags.Property) === 0) continue
          into.add(member.name)
          if (depth > 0) membersOf(checker.getTypeOfSymbol(member), into, depth - 1)
        }
      }
    }
    for (const file of files) {
      const source = program.getSourceFile(file)
      const module = source && checker.getSymbolAtLocation(source)
      for (const symbol of module === undefined ? [] : checker.getExportsOfModule(module)) {
        const real =
          (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol)
        if ((real.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Function)) === 0) continue
        const type = checker.getTypeOfSymbol(real)
        const names = new Set<string>()
        for (const signature of [...type.getConstructSignatures(), ...type.getCallSignatures()]) {
          for (const parameter of signature.getParameters())
            membersOf(checker.getTypeOfSymbol(parameter), names, 1)
        }
        if (names.size > 0) found.set(real.name, names)
      }
    }
    return found
  }

  const NAMES = optionNames()
  let undo: (() => void) | undefined

  afterEach(() => {
    undo?.()
    undo = undefined
  })

  /** Puts traps under the names; gives back those that were asked for on an object of options. */
  function trap(names: Iterable<string>): Set<string> {
    const asked = new Set<string>()
    const trapped: string[] = []
    for (const name of names) {
      if (name in Object.prototype) continue
      trapped.push(name)
      Object.defineProperty(Object.prototype, name, {
        configurable: true,
        get(this: object) {
          if (Object.hasOwn(this, MARK)) asked.add(name)
          return undefined
        },
        set(this: object, value: unknown) {
          Object.defineProperty(this, name, {
            ...{ value, writable: true, enumerable: true, configurable: true },
          })
        },
      })
    }
    undo = () => {
      for (const name of trapped) Reflect.deleteProperty(Object.prototype, name)
    }
    return asked
  }

  describe('a member of Object.prototype', () => {
    test('is looked for under the names of all public constructors and factories', () => {
      expect(NAMES.get('CarequalityClient')).toContain('trustedOrigins')
      expect(NAMES.get('CarequalityClient')).toContain('signerTimeoutMs')
      expect(NAMES.get('nodeTransport')).toContain('lookupGuard')
      const untested = [...NAMES.keys()].filter(
        (name) => !(name in CALLS) && !name.endsWith('Contract') && !name.endsWith('Error'),
      )
      // These take no options, or their own tests cover them.
      const others = [
        'AccessToken',
        'DirectorySnapshot',
        'publicJwks',
        'describeCertificates',
        'readDirectoryEntry',
        'TrustStore',
      ]
      expect(untested.filter((name) => !others.includes(name))).toEqual([])
    })

    test.each(Object.keys(CALLS))('is no option of %s', async (name) => {
      const names = NAMES.get(name) ?? new Set()
      expect(names.size).toBeGreaterThan(0)
      const asked = trap(names)
      await CALLS[name]?.({ [MARK]: true })
      undo?.()
      expect([...asked]).toEqual([])
    })

    test('is no option of a snapshot or a registration', async () => {
      const client = new CarequalityClient({ ...(await createSandbox()).options })
      const responder = await client.organization('2.16.840.1.113883.3.13.1')
      const asked = trap(['maxAgeMs', 'now', 'network', 'environment', 'description', 'contact'])
      const options = { [MARK]: true, network: 'n', environment: 'e' }
      await DirectorySnapshot.load([] as never, options).catch(() => undefined)
      await responder.registrationSummary({ [MARK]: true } as never).catch(() => undefined)
      undo?.()
      expect([...asked]).toEqual([])
    })

    test('is no option of any call of a UDAP client or a trust store', async () => {
      const own = await udapWorld()
      const udap = own.udap()
      const asked = trap(['timeoutMs', 'community', 'clientName', 'contacts'])
      const options = { [MARK]: true, signal: undefined }
      const changes = { [MARK]: true, scope: 'system/Patient.read' }
      const metadata = await udap.discover(BASE_URL, options)
      await udap.register(metadata, options)
      await udap.update(metadata, changes, options)
      await udap.cancel(metadata, options).catch(() => undefined)
      await trust.verify([], options).catch(() => undefined)
      undo?.()
      expect([...asked]).toEqual([])
      expect(own.seen.map(({ method }) => method)).toEqual(['GET', 'POST', 'POST', 'POST'])
    })

    test('opens no address, trusts no token endpoint and reads no directory', () => {
      const polluted = {
        ...{ allowInsecureLoopback: true, trustedOrigins: 'any-https', read: () => undefined },
        ...{ allowedPrivateHosts: ['10.0.0.1'], fhir: 'https://x.example', release: 'rce-r4' },
      }
      for (const [name, value] of Object.entries(polluted)) {
        Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true })
      }
      undo = () => {
        for (const name of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, name)
      }
      const policy = new UrlPolicy({})
      const opened = [
        policy.reasonToReject('https://localhost/'),
        policy.reasonToReject('https://10.0.0.1/'),
        new TokenTrust().trustedOrigins,
      ]
      const directory = { apiKey: 'k' } as never
      const make = (): unknown => new CarequalityClient({ clientId: 'c', signer, directory })
      let thrown: unknown
      try {
        make()
      } catch (error) {
        thrown = error
      }
      undo()
      undo = undefined
      expect(opened).toEqual([expect.any(String), expect.any(String), []])
      expect(String(thrown)).toContain('"release" is needed')
    })
  })

  test('members of classes count, those of Object.prototype do not', () => {
    class Reader {
      read(): void {
        // nothing
      }
    }
    expect(hasMember(new Reader(), 'read')).toBe(true)
    expect(hasMember({ read: 1 }, 'read')).toBe(true)
    expect(hasMember(Object.assign(Object.create(null) as object, { read: 1 }), 'read')).toBe(true)
    expect(hasMember(ownProperties({ read: 1 }), 'read')).toBe(true)
    expect(hasMember({}, 'toString')).toBe(false)
    expect(hasMember(ownProperties({}), 'toString')).toBe(false)
  })
})

/** Options are the caller's own members: what others put on a prototype is none. */
describe('polluted prototype', () => {
  const polluted: Record<string, unknown> = {
    trustedOrigins: 'any-https',
    scope: 'system/*.*',
    claims: { role: 'admin' },
    quirks: 5,
    lifetimeMs: 5,
    tokenCache: 5,
    x5c: 5,
  }

  afterEach(() => {
    for (const name of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, name)
  })

  function pollute(): void {
    for (const [name, value] of Object.entries(polluted)) {
      Object.defineProperty(Object.prototype, name, { value, configurable: true })
    }
  }

  test('a polluted prototype sets no option of any public constructor', async () => {
    const own = await signer()
    pollute()
    const assertions = new AssertionSigner({ clientId: 'a', signer: own })
    expect(new TokenProvider({ assertions }).size).toBe(0)
    expect(new CapabilityResolver({}).quirkIds.length).toBeGreaterThan(0)
    const told = new CarequalityClient({ clientId: 'a', signer: own }).describe()
    expect(told).toMatchObject({ trustedOrigins: [], sharedTokenCache: false })
    expect(told.scope).toBeUndefined()
  })

  test('a polluted prototype makes no token endpoint trusted', async () => {
    const metadata = () => statement({ token: 'https://hospital.example/token' })
    await new TokenTrust().rule() // loads a module, which the test runner cannot do meanwhile
    pollute()
    const { client, of } = await world({ metadata })
    const { patients } = await client.responder({ baseUrl: base })
    expect((await failure(patients.read('1'))).code).toBe('ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED')
    expect(of('token')).toEqual([])
  })

  test('a polluted prototype sets no option of a call', async () => {
    const { client: patients, seen } = fake(({ url }) =>
      url.includes('match') || url.includes('search')
        ? fhir(200, bundle(['1']))
        : fhir(200, patient('1')),
    )
    const { options, requests } = wire(({ url }) =>
      url.includes('/Organization/')
        ? jsonAnswer({ resourceType: 'Organization', id: '2.999.1' })
        : jsonAnswer({ resourceType: 'Bundle', type: 'searchset', total: 0 }),
    )
    const directory = new DirectoryClient({
      ...{ release: 'carequality-r4', environment: 'dev', apiKey: 'k' },
      ...options,
    })
    for (const name of CALL_OPTIONS) {
      Object.defineProperty(Object.prototype, name, {
        ...{ value: [], configurable: true, writable: true },
      })
    }
    try {
      await patients.read('1')
      await patients.search({ family: 'Park' }).toArray({ max: 5 })
      await patients.match({ name: [{ family: 'Park' }] })
      await directory.read('2.999.1')
      await directory.search({ name: 'Cedar' })
      for await (const { id } of directory.entries()) expect(id).toBe('never')
    } finally {
      for (const name of CALL_OPTIONS) Reflect.deleteProperty(Object.prototype, name)
    }
    expect(seen).toHaveLength(3)
    expect(requests).toHaveLength(3)
  })

  /** Each is refused by the call that it is an option of. */
  const CALL_OPTIONS = [
    ...['timeoutMs', 'validate', 'onResponse', 'maxPages', 'followReplacement', '_elements'],
    ...['all', 'raw', 'count', 'onlyCertainMatches', 'active', 'identifier', 'address', 'partOf'],
    'lastUpdated',
  ]
})
