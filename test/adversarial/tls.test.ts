import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as library from '../../src/index.ts'
import { CapabilityResolver } from '../../src/index.ts'
import { nodeTransport, type NodeTransportOptions } from '../../src/node/index.ts'
import { makeCertificate } from '../support/certificates.ts'
import { startAdversary, type Adversary, type Tls } from './adversary.ts'
import { CALLS, directoryOf, wantedOf } from './calls.ts'
import { casesOf, type Case } from './cases.ts'
import { capabilityStatement } from './documents.ts'
import { fhir } from './honest.ts'
import { judge, judgeEvil } from './oracles.ts'
import { ROWS } from './rows.ts'
import { clientFor, runCase } from './run.ts'
import type { StageId } from './world.ts'
import { ownClock, turns } from '../support/time.ts'
import { failureOf } from '../support/answering-fetch.ts'

/** Certificates that prove nothing, and https that is to be led away to http. */
describe('tls', () => {
  const DAY = 86_400_000
  const LOOPBACK = Buffer.from('87047f000001', 'hex')

  interface Issuer {
    readonly name: string
    readonly privateKey: KeyObject
  }

  const pair = (): { publicKey: KeyObject; privateKey: KeyObject } =>
    generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const roots = ['Test CA', 'Unknown CA'].map((name) => {
    const keys = pair()
    const { pem } = makeCertificate({ subject: name, ...keys, issuer: keys, ca: true })
    return { pem, issuer: { name, privateKey: keys.privateKey } }
  })
  const [trusted, unknown] = roots

  function tlsOf(
    issuer: Issuer | undefined,
    more: Partial<Parameters<typeof makeCertificate>[0]>,
  ): Tls {
    const keys = pair()
    const { pem } = makeCertificate({
      ...{ subject: '127.0.0.1', publicKey: keys.publicKey, issuer: issuer ?? keys },
      ...{ otherNames: [LOOPBACK], serial: 7, ...more },
    })
    return { cert: pem, key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
  }

  const BROKEN: readonly (readonly [string, Tls])[] = [
    ['expired', tlsOf(trusted?.issuer, { notBefore: at(-9), notAfter: at(-1) })],
    ['not yet valid', tlsOf(trusted?.issuer, { notBefore: at(1), notAfter: at(9) })],
    ['for another name', tlsOf(trusted?.issuer, { otherNames: [], dnsNames: ['evil.example'] })],
    ['without a name', tlsOf(trusted?.issuer, { otherNames: [] })],
    ['self-signed', tlsOf(undefined, {})],
    ['of an unknown authority', tlsOf(unknown?.issuer, {})],
  ]

  function at(days: number): Date {
    return new Date(Date.now() + days * DAY)
  }

  const transport = nodeTransport({ ca: trusted?.pem })
  const send = { send: transport.send.bind(transport) }
  const plain: Adversary[] = []
  const secure = new Map<string, Adversary>()
  beforeAll(async () => {
    plain.push(await startAdversary())
    for (const [name, tls] of BROKEN) secure.set(name, await startAdversary(tls))
    secure.set('good', await startAdversary(tlsOf(trusted?.issuer, {})))
  })
  afterAll(async () => {
    await Promise.all([...plain, ...secure.values()].map((one) => one.close()))
    await transport.close?.()
  })

  function server(name: string): Adversary {
    const found = name === 'plain' ? plain[0] : secure.get(name)
    if (found === undefined) throw new Error(`no server ${name}`)
    return found
  }

  const TRANSPORTS = [
    ['fetch', undefined],
    ['nodeTransport', send],
  ] as const
  const STAGES: readonly StageId[] = ['directory-xml', 'directory-r4', 'read', 'token']

  const REFUSED = {
    outcome: 'refused',
    codes: ['ERR_CQ_NETWORK'],
    requests: [0, 0],
  } as const

  describe.each(TRANSPORTS)('over %s', (_name, own) => {
    test.each(BROKEN.flatMap(([name]) => STAGES.map((stage) => [stage, name] as const)))(
      'A14 %s: a certificate that is %s',
      async (stage, name) => {
        const broken = server(name).world({ stage, fault: (play) => play.good })
        // The token endpoint alone is broken, behind metadata that can be had.
        const front =
          stage === 'token'
            ? server('plain').world({
                stage: 'capability',
                fault: () => fhir(capabilityStatement(broken.tokenEndpoint)),
              })
            : broken
        const { client, events } = clientFor(library, front, {
          transport: own,
          trustedOrigins: 'any-https',
          directory: directoryOf(broken),
        })
        const elapsed = ownClock()
        const error: unknown = await CALLS[stage](client, front).catch((e: unknown) => e)
        const elapsedMs = elapsed()
        const trace = { value: undefined, error, events, elapsedMs, timeoutMs: 15_000 }
        const findings = await judge(library, { ...trace, world: broken }, REFUSED, '')
        expect(findings).toEqual([])
        expect(broken.seen).toEqual([])
        await client.close()
      },
    )
  })

  const LED_AWAY = [
    '307 to another origin',
    '302 to http after https',
    '302 to the same path at another port',
  ]
  const AWAY: readonly Case[] = casesOf(
    ROWS.filter(
      ({ name, group }) =>
        LED_AWAY.includes(name) || (group === 'next link' && name.includes('the evil origin')),
    ),
  )

  describe('https that leads to http', () => {
    test.each(AWAY)('A7 $title', async (one) => {
      const setup = { library, adversary: server('good'), transport: () => send }
      expect(await runCase(setup, one)).toEqual([])
    })

    test.each(STAGES)('a good certificate: %s is answered', async (stage) => {
      const world = server('good').world({ stage, fault: (play) => play.good })
      const { client } = clientFor(library, world, { transport: send })
      expect(await CALLS[stage](client, world)).toBe(wantedOf(world))
      await client.close()
    })

    test('nothing came to the evil origins', () => {
      expect([...secure.values()].flatMap(({ evil }) => judgeEvil(evil))).toEqual([])
    })
  })
})

/** L7: a look-up of names that throws, hangs or gives nonsense, in nodeTransport. */
describe('lookup', () => {
  type Lookup = NonNullable<NodeTransportOptions['lookup']>

  /** Users of JavaScript call back with anything. */
  const calling =
    (...answer: readonly unknown[]): Lookup =>
    (_name, _options, callback) => {
      setImmediate(() => callback(...(answer as unknown as Parameters<typeof callback>)))
    }

  const stray: unknown[] = []
  for (const name of ['unhandledRejection', 'uncaughtException'] as const) {
    process.on(name, (error) => void stray.push(error))
  }

  test.each<readonly [string, string, Lookup]>([
    [
      'throws',
      'ERR_CQ_NETWORK',
      () => {
        throw new Error('S3CRET')
      },
    ],
    ['never calls back', 'ERR_CQ_TIMEOUT', () => undefined],
    ['calls back with an error', 'ERR_CQ_NETWORK', calling(new Error('S3CRET'))],
    ['calls back with nothing', 'ERR_CQ_ORIGIN_REFUSED', calling(null)],
    ['calls back with a text', 'ERR_CQ_ORIGIN_REFUSED', calling(null, '8.8.8.8')],
    ['calls back with nothing in a list', 'ERR_CQ_ORIGIN_REFUSED', calling(null, [null])],
    [
      'calls back with numbers',
      'ERR_CQ_ORIGIN_REFUSED',
      calling(null, [{ address: 7, family: 4 }]),
    ],
    [
      'calls back with no address',
      'ERR_CQ_ORIGIN_REFUSED',
      calling(null, [{ address: 'x y', family: 4 }]),
    ],
    [
      'calls back with a name',
      'ERR_CQ_ORIGIN_REFUSED',
      calling(null, [{ address: 'localhost.', family: 4 }]),
    ],
    [
      'calls back with another name',
      'ERR_CQ_ORIGIN_REFUSED',
      calling(null, [{ address: 'a.example', family: 4 }]),
    ],
    [
      'calls back twice',
      'ERR_CQ_ORIGIN_REFUSED',
      (_name, _options, callback) => {
        callback(null, [])
        callback(new Error('S3CRET'), [])
      },
    ],
  ])('L7: lookup %s: %s', async (_what, code, lookup) => {
    const transport = nodeTransport({ lookup })
    const resolver = new CapabilityResolver({ transport, timeoutMs: 2_000, attemptTimeoutMs: 300 })
    const took = ownClock()
    const error = await failureOf(resolver.resolve('https://fhir.example.org/r4'))
    expect(error).toMatchObject({ code })
    expect(took()).toBeLessThan(4_000)
    expect(JSON.stringify(error) + String(error)).not.toContain('S3CRET')
    await transport.close?.()
    await turns()
    expect(stray).toEqual([])
  })
})
