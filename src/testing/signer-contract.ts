import { checkSigner } from '../signers/check-signer.ts'
import { jwsSignature } from '../signers/jws-signature.ts'
import { SignerFacts } from '../signers/signer-facts.ts'
import type { Signer, SigningAlgorithm } from '../signers/signer.ts'
import { must, type ContractCheck } from './contract-check.ts'

/** A signer, or a way to one. */
type Make = () => Signer<SigningAlgorithm> | Promise<Signer<SigningAlgorithm>>

const AT_ONCE = 16
const SETTLES_MS = 5_000
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']

/**
 * What a signer of your own must do, as checks for your test runner. They sign for real: a key
 * service will count some twenty signatures for each algorithm.
 *
 * @example
 * ```ts
 * for (const { name, run } of signerContract(() => mySigner)) test(name, run)
 * ```
 */
export function signerContract(make: Make): readonly ContractCheck[] {
  const facts = async (): Promise<SignerFacts> => {
    const signer: unknown = await make()
    checkSigner(signer, 'signer')
    return new SignerFacts(signer)
  }
  const check = (name: string, run: (facts: SignerFacts) => Promise<void>): ContractCheck => ({
    name,
    run: async () => run(await facts()),
  })
  return [
    check('the signer names its algorithms and its public key', async (own) => {
      await own.publicJwk() // rejects where there is none, or where the certificate has another
    }),
    check('its public key has no private member', async ({ signer }) => {
      const shown = PRIVATE_MEMBERS.filter((name) => name in (signer.publicJwk ?? {}))
      must(shown.length === 0, `"publicJwk" holds ${shown.join(', ')}`)
      return Promise.resolve()
    }),
    check('each algorithm signs what its public key verifies, whatever the length', async (own) => {
      for (const alg of own.signer.algorithms) {
        for (const length of [1, 64, 1_000, 9_000]) await requireGood(own, alg, bytes(length))
      }
    }),
    check(`${AT_ONCE} signatures at once are good, each for its own data`, async (own) => {
      for (const alg of own.signer.algorithms) {
        const all = Array.from({ length: AT_ONCE }, () => requireGood(own, alg, bytes(500)))
        await Promise.all(all)
      }
    }),
    check('a signal that has aborted ends signing', async ({ signer }) => {
      const signal = AbortSignal.abort(new Error('gone'))
      const [alg] = signer.algorithms
      must(alg !== undefined, 'no algorithm')
      const outcome = await settled(signer.sign(bytes(100), { alg, signal }))
      must(outcome === 'rejected', 'it signed all the same')
    }),
    check('a signal that aborts while it signs leaves it usable', async (own) => {
      const [alg] = own.signer.algorithms
      must(alg !== undefined, 'no algorithm')
      const controller = new AbortController()
      const signing = settled(own.signer.sign(bytes(100), { alg, signal: controller.signal }))
      controller.abort(new Error('gone'))
      must((await signing) !== 'pending', `it did not settle within ${SETTLES_MS} ms`)
      await requireGood(own, alg, bytes(100))
    }),
  ]
}

async function requireGood(
  facts: SignerFacts,
  alg: SigningAlgorithm,
  data: ReturnType<typeof bytes>,
): Promise<void> {
  const { signal } = new AbortController()
  const value = jwsSignature(alg, await facts.signer.sign(new Uint8Array(data), { alg, signal }))
  must(value !== undefined, `it does not return a valid ${alg} signature`)
  const verifies = await facts.verifies(alg, data, value)
  must(verifies, `its ${alg} signature does not verify with its public key`)
}

/** How a promise has settled, if it has in time. */
async function settled(promise: Promise<unknown>): Promise<'fulfilled' | 'rejected' | 'pending'> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<'pending'>((resolve) => {
    timer = setTimeout(() => {
      resolve('pending')
    }, SETTLES_MS)
  })
  const done = promise.then(
    () => 'fulfilled' as const,
    () => 'rejected' as const,
  )
  return Promise.race([done, late]).finally(() => {
    clearTimeout(timer)
  })
}

function bytes(length: number): ReturnType<InstanceType<typeof TextEncoder>['encode']> {
  return crypto.getRandomValues(new Uint8Array(length))
}
