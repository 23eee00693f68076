/** The contract for signers: kept by our own, and what it finds in others. */
import { describe, expect, test } from 'vitest'
import { keyObjectSigner } from '../../../src/node/index.ts'
import {
  cryptoKeySigner,
  jwkSigner,
  pemSigner,
  type Signer,
  type SigningAlgorithm,
} from '../../../src/signers/index.ts'
import { signerContract } from '../../../src/testing/index.ts'
import { customSigner, keyPair } from '../../support/token-endpoint.ts'
import { ed25519, pemOf } from '../signers/keys.ts'
import { turns } from '../../support/time.ts'

const pairs = { RSA: keyPair('RSA'), 'P-256': keyPair('P-256'), 'P-384': keyPair('P-384') }
const own: Readonly<Record<string, () => Promise<Signer<SigningAlgorithm>>>> = {
  'pemSigner, RSA': () => pemSigner({ key: pemOf(pairs.RSA.privateKey) }),
  'pemSigner, P-384': () => pemSigner({ key: pemOf(pairs['P-384'].privateKey) }),
  'pemSigner, Ed25519': () => pemSigner({ key: pemOf(ed25519().privateKey) }),
  jwkSigner: () => jwkSigner({ key: pairs['P-256'].privateKey.export({ format: 'jwk' }) }),
  keyObjectSigner: () => keyObjectSigner({ key: pairs['P-256'].privateKey }),
  cryptoKeySigner: async () => {
    const parameters = { name: 'ECDSA', namedCurve: 'P-256' }
    const { privateKey: key, publicKey } = await crypto.subtle.generateKey(parameters, false, [
      'sign',
      'verify',
    ])
    return cryptoKeySigner({ key, publicKey })
  },
}

describe.each(Object.entries(own))('%s keeps the contract:', (_, make) => {
  const made = make()
  for (const { name, run } of signerContract(() => made)) test(name, run)
})

const pair = pairs['P-256']
const good = customSigner(pair, 'ES256')
/** Signs as it should, and stops when it is told to. */
const proper: Signer = {
  ...good,
  sign: (data, context) =>
    context.signal.aborted ? Promise.reject(new Error('gone')) : good.sign(data, context),
}
const names = signerContract(() => proper).map(({ name }) => name)
const failing = async (signer: unknown): Promise<readonly string[]> => {
  const found: string[] = []
  for (const { name, run } of signerContract(() => signer as Signer)) {
    await run().catch(() => found.push(name))
    await turns() // what a failed check left running
  }
  return found
}

const NAMES = 'the signer names its algorithms and its public key'
const BARE = 'its public key has no private member'
const SIGNS = 'each algorithm signs what its public key verifies, whatever the length'
const AT_ONCE = '16 signatures at once are good, each for its own data'
const ABORTED = 'a signal that has aborted ends signing'
const LEFT = 'a signal that aborts while it signs leaves it usable'

test('these are the checks, and a proper signer passes all', async () => {
  expect(names).toEqual([NAMES, BARE, SIGNS, AT_ONCE, ABORTED, LEFT])
  expect(await failing(proper)).toEqual([])
})

let busy = false
let broken = false
test.each<[string, unknown, readonly string[]]>([
  ['nothing', undefined, names],
  ['one that says nothing of its key', { ...proper, publicJwk: undefined }, names],
  ['one that says HS256', { ...proper, algorithms: ['HS256'] }, names],
  [
    'one that shows its private key',
    { ...proper, publicJwk: { kty: 'EC', ...pair.privateKey.export({ format: 'jwk' }) } },
    [BARE],
  ],
  [
    'one whose public key is another one’s',
    { ...proper, publicJwk: customSigner(keyPair('P-256'), 'ES256').publicJwk },
    [SIGNS, AT_ONCE, LEFT],
  ],
  [
    'one whose public key is too short',
    { ...proper, publicJwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB' } },
    [NAMES, SIGNS, AT_ONCE, LEFT],
  ],
  [
    'one that signs the beginning of long data only',
    {
      ...proper,
      sign: (data: Uint8Array<ArrayBuffer>, context: Parameters<Signer['sign']>[1]) =>
        proper.sign(data.slice(0, 4096), context),
    },
    [SIGNS],
  ],
  [
    'one that cannot sign twice at once',
    {
      ...proper,
      sign: async (...given: Parameters<Signer['sign']>) => {
        if (busy) throw new Error('busy')
        busy = true
        await turns(2)
        return proper.sign(...given).finally(() => {
          busy = false
        })
      },
    },
    [AT_ONCE],
  ],
  ['one that does not heed its signal', good, [ABORTED]],
  [
    'one that an abort leaves broken',
    {
      ...proper,
      sign: async (...given: Parameters<Signer['sign']>) => {
        if (broken) throw new Error('broken')
        await turns(2)
        broken = given[1].signal.aborted
        return proper.sign(...given)
      },
    },
    [LEFT],
  ],
])('the contract finds %s', async (_, signer, expected) => {
  broken = false
  expect(await failing(signer)).toEqual(expected)
})
