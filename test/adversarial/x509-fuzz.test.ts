import { describe, expect, test, beforeAll } from 'vitest'
import { cpuSince } from '../support/own-time.ts'
import { TrustError } from '../../src/errors.ts'
import { toBase64 } from '../../src/signers/base64.ts'
import { tags, writeDer, DerError } from '../../src/signers/der.ts'
import { createKeys, issueCertificate, type IssuedCertificate } from '../../src/testing/pki.ts'
import type { TrustStore } from '../../src/udap/trust-store.ts'
import { DAY, NOW, trustWorld, x5c, type TrustWorld, crlUrl } from '../support/trust-world.ts'
import { randomOf } from './mutations.ts'
import {
  issueCrl,
  issueOcspResponse,
  ocspResponderExtensions,
} from '../../src/testing/pki-revocation.ts'
import type { Bytes } from '../../src/types.ts'
import { parseCrl } from '../../src/udap/x509/5-crl.ts'
import { parseOcspResponse } from '../../src/udap/x509/rfc6960-ocsp.ts'
import { largeCrl } from '../support/large-crl.ts'

/** Hostile certificates: whatever is in them, the outcome is a chain or one of our errors, and soon. */
describe('x509 fuzz', () => {
  const runs = Number(process.env.CQ_FUZZ_RUNS ?? 5_000)
  const seed = Number(process.env.CQ_FUZZ_SEED ?? 20261129)
  const LONGEST_MS = 250

  /** `accepted`, or the step of the refusal; anything else fails the test. */
  async function outcome(store: TrustStore, chain: unknown): Promise<string> {
    try {
      await store.verify(chain as readonly string[])
      return 'accepted'
    } catch (error) {
      if (!(error instanceof TrustError)) throw error
      return error.step
    }
  }

  /** Verifies in a turn of its own; one that stops the others for long has other tries, for the machine may be busy. */
  async function promptOutcome(store: TrustStore, chain: unknown): Promise<string> {
    for (let tries = 4; ; tries -= 1) {
      await new Promise((resolve) => setImmediate(resolve))
      const started = process.cpuUsage()
      const step = await outcome(store, chain)
      if (cpuSince(started) < LONGEST_MS) return step
      if (tries === 1) throw new Error(`a verification took more than ${LONGEST_MS} ms`)
    }
  }

  test(`${runs} chains with one changed byte: none is accepted, none takes long`, async () => {
    const random = randomOf(seed)
    const { issue, intermediate, store } = await trustWorld()
    const leaf = await issue()
    const trust = store()
    const good = [leaf.der, intermediate.der]
    expect(await outcome(trust, x5c(leaf, intermediate))).toBe('accepted')
    const steps = new Map<string, number>()
    for (let run = 0; run < runs; run += 1) {
      const which = random() < 0.7 ? 0 : 1
      const changed = good.map((der) => Uint8Array.from(der))
      const bytes = changed[which] ?? new Uint8Array()
      const at = Math.floor(random() * bytes.length)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8))
      const step = await promptOutcome(trust, changed.map(toBase64))
      steps.set(step, (steps.get(step) ?? 0) + 1)
    }
    expect(steps.get('accepted')).toBeUndefined()
    expect([...steps.keys()].every((step) => ['x5c', 'path'].includes(step))).toBe(true)
  })

  test(`${runs} made-up x5c: none is accepted, none takes long`, async () => {
    const random = randomOf(seed + 1)
    const world = await trustWorld()
    const parts = await material(world)
    const trust = world.store()
    for (let run = 0; run < runs; run += 1) {
      expect(await promptOutcome(trust, madeUp(random, parts))).not.toBe('accepted')
    }
  })

  /** Certificates of another PKI, and our own intermediate, which may stand anywhere but lead nowhere. */
  async function material({ intermediate, root }: TrustWorld): Promise<readonly Uint8Array[]> {
    const other = await trustWorld()
    const leaf = await other.issue()
    return [leaf, other.intermediate, other.root, intermediate, root].map(({ der }) => der)
  }

  function madeUp(random: () => number, parts: readonly Uint8Array[]): unknown {
    const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)]
    const entry = (): unknown => {
      const der = pick(parts) ?? new Uint8Array()
      switch (Math.floor(random() * 10)) {
        case 0:
          return pick([null, 0, {}, [], '', ' ', 'AAAA', '====', '\u0000', true])
        case 1:
          return toBase64(der.subarray(0, Math.floor(random() * der.length)))
        case 2:
          return toBase64(Uint8Array.from([...der, 0]))
        case 3:
          return toBase64(pick(DEEP) ?? der)
        case 4:
          return toBase64(Uint8Array.from({ length: 300 }, () => Math.floor(random() * 256)))
        case 5:
          return toBase64(der).replace(/.{64}/g, '$&\n')
        case 6: {
          const [from, length] = [Math.floor(random() * der.length), Math.floor(random() * 40)]
          return toBase64(
            Uint8Array.from([...der.subarray(0, from), ...der.subarray(from + length)]),
          )
        }
        case 7: {
          const at = Math.floor(random() * der.length)
          const piece = (pick(parts) ?? der).subarray(0, Math.floor(random() * 200))
          return toBase64(Uint8Array.from([...der.subarray(0, at), ...piece, ...der.subarray(at)]))
        }
        default:
          return toBase64(der)
      }
    }
    const leaf = random() < 0.5 ? toBase64(parts[0] ?? new Uint8Array()) : entry()
    return [leaf, ...Array.from({ length: Math.floor(random() * 12) }, entry)]
  }

  /** Sequences in sequences, made once: to make them costs more than to read them. */
  const DEEP: readonly Uint8Array[] = [10, 1_000, 5_000].map((depth) => {
    let der: Uint8Array = new Uint8Array()
    for (let level = 0; level < depth; level += 1) der = writeDer(tags.sequence, der)
    return der
  })

  describe('strict DER', () => {
    /** The certificate with another encoding of something, signed by nobody: it must not even be read. */
    const forms: readonly [title: string, change: (der: Uint8Array) => Uint8Array][] = [
      ['bytes after the end', (der) => Uint8Array.from([...der, 0])],
      [
        'a length in more bytes than it needs',
        (der) => Uint8Array.from([0x30, 0x83, 0, ...der.subarray(2)]),
      ],
      ['an indefinite length', (der) => Uint8Array.from([0x30, 0x80, ...der.subarray(4), 0, 0])],
      ['TRUE as 01', (der) => replaced(der, '0101ff', '010101')],
      ['a written default', (der) => replaced(der, '0101ff', '010100')],
      ['a constructed octet string', (der) => replaced(der, '0603551d0e04', '0603551d0e24')],
    ]
    test.each(forms)('%s is refused', async (_title, change) => {
      const { issue, intermediate, store } = await trustWorld()
      const leaf = await issue()
      const chain = [toBase64(change(leaf.der)), ...x5c(intermediate)]
      await expect(store().verify(chain)).rejects.toMatchObject({
        step: 'x5c',
        reason: 'malformed',
      })
    })
  })

  function replaced(der: Uint8Array, from: string, to: string): Uint8Array {
    const hex = Buffer.from(der).toString('hex')
    expect(hex).toContain(from)
    return new Uint8Array(Buffer.from(hex.replace(from, to), 'hex'))
  }

  describe('work is bounded', () => {
    test('authorities that sign each other in every way end soon', async () => {
      const { store, issue } = await trustWorld()
      const keys = await Promise.all(Array.from({ length: 3 }, () => createKeys()))
      const authorities: IssuedCertificate[] = []
      for (const [own, ownKeys] of keys.entries()) {
        for (const [other, otherKeys] of keys.entries()) {
          if (own === other) continue
          const issuer = await issueCertificate({
            subject: `A${other}`,
            keys: otherKeys,
            ca: true,
            notBefore: NOW - DAY,
          })
          authorities.push(
            await issueCertificate({
              subject: `A${own}`,
              keys: ownKeys,
              issuer,
              ca: true,
              notBefore: NOW - DAY,
            }),
          )
        }
      }
      const leaf = await issue({ issuer: authorities[0] })
      const started = process.cpuUsage()
      await expect(store().verify(x5c(leaf, ...authorities))).rejects.toMatchObject({
        step: 'path',
      })
      expect(cpuSince(started)).toBeLessThan(2_000)
    })

    test('the names of a certificate times the constraints above it are limited', async () => {
      const hosts = Array.from({ length: 400 }, (_, index) => `.h${index}.example`)
      const { store, issue, intermediate } = await trustWorld({}, { permittedUris: hosts })
      const leaf = await issue({
        uris: Array.from({ length: 400 }, (_, index) => `https://a.h${index}.example/`),
      })
      await expect(store().verify(x5c(leaf, intermediate))).rejects.toMatchObject({
        reason: 'name-constraints-too-many',
        position: 0,
      })
    })
  })
})

/** Hostile revocation lists and OCSP responses: nothing is accepted by them, and nothing is held up. */
describe('revocation fuzz', () => {
  const runs = Number(process.env.CQ_FUZZ_RUNS ?? 5_000)
  /** A verification costs ten times a reading. */
  const verifications = Math.ceil(runs / 5)
  const seed = Number(process.env.CQ_FUZZ_SEED ?? 20261129)
  const LONGEST_CPU_MS = 250
  const OCSP = 'http://pki.example.org/ocsp'
  const dates = { thisUpdate: NOW - DAY, nextUpdate: NOW + DAY }

  /** Processor time of this process, which what else the machine does hardly changes. */
  function cpuMs(): number {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  }

  /** `accepted`, or step and reason of the refusal; a raw error or a long stop fails the test. */
  async function outcome(store: TrustStore, chain: readonly string[]): Promise<string> {
    const started = cpuMs()
    const found = await store.verify(chain).then(
      () => 'accepted',
      (error: unknown) => {
        if (!(error instanceof TrustError)) throw error
        return `${error.step} ${error.reason}`
      },
    )
    expect(cpuMs() - started).toBeLessThan(LONGEST_CPU_MS)
    return found
  }

  type Random = () => number

  /** Sequences in sequences, and lengths that promise more than there is. */
  const ODD: readonly Bytes[] = [
    ...[0, 10, 5_000].map((depth) => {
      let der: Bytes = new Uint8Array()
      for (let level = 0; level < depth; level += 1) der = writeDer(tags.sequence, der)
      return der
    }),
    new Uint8Array([0x30, 0x84, 0xff, 0xff, 0xff, 0xff]),
    new Uint8Array([0x30, 0x80, 0, 0]),
    new TextEncoder().encode('<html><body>not found</body></html>'),
    new Uint8Array(100_000).fill(0x30),
  ]

  /** One change of good bytes, of which at least one byte is another. */
  function changed(random: Random, good: Bytes): Bytes {
    const at = Math.floor(random() * good.length)
    switch (Math.floor(random() * 7)) {
      case 0:
        return good.subarray(0, at)
      case 1:
        return Uint8Array.from([...good, Math.floor(random() * 256)])
      case 2: {
        const piece = good.subarray(Math.floor(random() * at), at)
        return Uint8Array.from([...good.subarray(0, at), 0x30, ...piece, ...good.subarray(at)])
      }
      case 3:
        return Uint8Array.from([...good.subarray(0, at), ...good.subarray(at + 1)])
      case 4:
        return Uint8Array.from({ length: 1 + Math.floor(random() * 600) }, () =>
          Math.floor(random() * 256),
        )
      case 5:
        return ODD[Math.floor(random() * ODD.length)] ?? good
      default: {
        const copy = Uint8Array.from(good)
        copy[at] = (copy[at] ?? 0) ^ (1 << Math.floor(random() * 8))
        return copy
      }
    }
  }

  let world: TrustWorld
  let leaf: IssuedCertificate
  let revoked: IssuedCertificate
  let lists: readonly Bytes[]
  let responses: readonly Bytes[]

  beforeAll(async () => {
    world = await trustWorld()
    const { intermediate, issue } = world
    ;[leaf, revoked] = await Promise.all([issue({ ocspUrls: [OCSP] }), issue({ ocspUrls: [OCSP] })])
    lists = [
      await issueCrl({ issuer: intermediate, ...dates }),
      await issueCrl({
        issuer: intermediate,
        revoked: [{ serial: revoked.serial, reason: 1 }],
        ...dates,
      }),
    ]
    const delegate = await issueCertificate({
      ...{ subject: 'Responder', issuer: intermediate, notBefore: NOW - DAY },
      more: ocspResponderExtensions,
    })
    const about = { issuer: intermediate, certificate: leaf, ...dates }
    responses = await Promise.all([
      issueOcspResponse({ ...about, status: 'good' }),
      issueOcspResponse({ ...about, status: 'good', delegate }),
      issueOcspResponse({ ...about, status: 'revoked' }),
    ])
  })

  describe('reading', () => {
    const reads: readonly [
      title: string,
      read: (bytes: Bytes) => unknown,
      good: () => readonly Bytes[],
    ][] = [
      ['lists', parseCrl, () => lists],
      ['responses', parseOcspResponse, () => responses],
    ]
    test.each(reads)(
      `${runs} changed %s are read, or refused as malformed, and nothing else`,
      async (_title, read, good) => {
        const random = randomOf(seed)
        const outcomes = { read: 0, malformed: 0 }
        for (const bytes of good()) await read(bytes)
        for (let run = 0; run < runs; run += 1) {
          const bytes = changed(random, good()[run % good().length] ?? new Uint8Array())
          const started = cpuMs()
          try {
            await read(bytes)
            outcomes.read += 1
          } catch (error) {
            if (!(error instanceof DerError)) throw error
            outcomes.malformed += 1
          }
          expect(cpuMs() - started).toBeLessThan(LONGEST_CPU_MS)
        }
        // Changes of the signature are read; most others are not DER any more.
        expect(outcomes.read).toBeGreaterThan(0)
        expect(outcomes.malformed).toBeGreaterThan(runs / 2)
      },
    )
  })

  describe('verifying', () => {
    test(`${verifications} changed lists: no certificate is accepted by one`, async () => {
      const random = randomOf(seed + 2)
      const { store, network, intermediate } = world
      const trust = (): TrustStore => store({ revocation: { ocsp: false } })
      const chain = x5c(leaf, intermediate)
      const [good = new Uint8Array(), withRevoked = good] = lists
      network.pages.set(crlUrl('intermediate'), good)
      expect(await outcome(trust(), chain)).toBe('accepted')
      network.pages.set(crlUrl('intermediate'), withRevoked)
      expect(await outcome(trust(), chain)).toBe('accepted')
      expect(await outcome(trust(), x5c(revoked, intermediate))).toBe(
        'revocation certificate-revoked',
      )
      for (let run = 0; run < verifications; run += 1) {
        network.pages.set(crlUrl('intermediate'), changed(random, run % 2 ? good : withRevoked))
        expect(await outcome(trust(), chain)).toMatch(/^revocation (no-|crl-)/)
      }
    })

    test(`${verifications} changed OCSP responses: no certificate is accepted by one`, async () => {
      const random = randomOf(seed + 3)
      const { store, network, intermediate, root } = world
      // The intermediate names no responder: it is checked by its list, and the leaf has none here.
      const trust = (): TrustStore => store({ anchors: [root.der] })
      const chain = x5c(leaf, intermediate)
      network.pages.delete(crlUrl('intermediate'))
      for (const [index, response] of responses.entries()) {
        network.pages.set(OCSP, response)
        const expected = index < 2 ? 'accepted' : 'revocation certificate-revoked'
        expect(await outcome(trust(), chain)).toBe(expected)
      }
      for (let run = 0; run < verifications; run += 1) {
        network.pages.set(
          OCSP,
          changed(random, responses[run % responses.length] ?? new Uint8Array()),
        )
        expect(await outcome(trust(), chain)).toMatch(/^revocation (no-|ocsp-)/)
      }
    })
  })

  describe('a list of 10 MB', () => {
    /** The longest processor time between two turns of the event loop, and the whole. */
    async function stops<T>(
      work: () => Promise<T>,
    ): Promise<{ value: T; longest: number; cpu: number }> {
      const started = cpuMs()
      let [last, longest, isOver] = [started, 0, false]
      const look = (): void => {
        longest = Math.max(longest, cpuMs() - last)
        last = cpuMs()
        if (!isOver) setImmediate(look)
      }
      setImmediate(look)
      const value = await work()
      look()
      isOver = true
      return { value, longest, cpu: cpuMs() - started }
    }

    test('is verified and searched without a stop, and finds its last entry', async () => {
      const { store, network, intermediate, issue } = world
      const last = await issue()
      const list = await largeCrl(intermediate, 9.9e6, dates, last.serial)
      expect(list.length).toBeGreaterThan(9.8e6)
      network.pages.set(crlUrl('intermediate'), list)
      const trust = store({ revocation: { ocsp: false } })
      const other = await issue()
      const first = await stops(() => trust.verify(x5c(other, intermediate)))
      expect(first.value.warnings).toEqual([])
      expect(first.longest).toBeLessThan(LONGEST_CPU_MS)
      const again = await stops(() => outcome(trust, x5c(last, intermediate)))
      expect(again.value).toBe('revocation certificate-revoked')
      const requests = network.requests.length
      const third = await stops(() => trust.verify(x5c(other, intermediate)))
      expect(third.longest).toBeLessThan(LONGEST_CPU_MS)
      expect(network.requests).toHaveLength(requests)
      const shown = [first, again, third].map(
        ({ cpu, longest }) => `${cpu.toFixed(0)} ms, longest stop ${longest.toFixed(0)} ms`,
      )
      console.info(`a list of ${list.length} bytes, processor time: ${shown.join('; ')}`)
    })

    test('with one changed byte is refused, without a stop', async () => {
      const { store, network, intermediate } = world
      const list = await largeCrl(intermediate, 9.9e6, dates)
      const random = randomOf(seed + 4)
      for (let run = 0; run < 8; run += 1) {
        const bad = Uint8Array.from(list)
        const at = Math.floor(random() * bad.length)
        bad[at] = (bad[at] ?? 0) ^ (1 << Math.floor(random() * 8))
        network.pages.set(crlUrl('intermediate'), bad)
        const { value, longest } = await stops(() =>
          store({ revocation: { ocsp: false } })
            .verify(x5c(leaf, intermediate))
            .then(
              () => 'accepted',
              (error: unknown) => (error instanceof TrustError ? error.step : String(error)),
            ),
        )
        expect(value).toBe('revocation')
        expect(longest).toBeLessThan(LONGEST_CPU_MS)
      }
    })

    test('over the limit is not read', async () => {
      const { store, network, intermediate } = world
      network.pages.set(crlUrl('intermediate'), new Uint8Array(10e6 + 1))
      expect(await outcome(store({ revocation: { ocsp: false } }), x5c(leaf, intermediate))).toBe(
        'revocation no-crl',
      )
    })
  })
})
