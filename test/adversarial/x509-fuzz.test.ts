/** Hostile certificates: whatever is in them, the outcome is a chain or one of our errors, and soon. */
import { describe, expect, test } from 'vitest'
import { cpuSince } from '../support/own-time.ts'
import { TrustError } from '../../src/errors.ts'
import { toBase64 } from '../../src/signers/base64.ts'
import { tags, writeDer } from '../../src/signers/der.ts'
import { createKeys, issueCertificate, type IssuedCertificate } from '../../src/testing/pki.ts'
import type { TrustStore } from '../../src/udap/trust-store.ts'
import { DAY, NOW, trustWorld, x5c, type TrustWorld } from '../support/trust-world.ts'
import { randomOf } from './mutations.ts'

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
        return toBase64(Uint8Array.from([...der.subarray(0, from), ...der.subarray(from + length)]))
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
    await expect(store().verify(chain)).rejects.toMatchObject({ step: 'x5c', reason: 'malformed' })
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
    await expect(store().verify(x5c(leaf, ...authorities))).rejects.toMatchObject({ step: 'path' })
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
