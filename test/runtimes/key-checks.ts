/** Keys and signatures by the runtime's own WebCrypto, verified by the runner's. */
import { equal } from './checks.ts'
import { ask, type Check, type Suite } from './suite.ts'

const RSA = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }
const KINDS = [
  ['RS256', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', ...RSA }],
  ['RS384', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384', ...RSA }],
  ['PS384', { name: 'RSA-PSS', hash: 'SHA-384', ...RSA }],
  ['ES256', { name: 'ECDSA', namedCurve: 'P-256' }],
  ['ES384', { name: 'ECDSA', namedCurve: 'P-384' }],
  ['ES512', { name: 'ECDSA', namedCurve: 'P-521' }],
] as const

async function signs(
  { library, plan }: Suite,
  alg: (typeof KINDS)[number][0],
  parameters: (typeof KINDS)[number][1],
): Promise<void> {
  const generated = await crypto.subtle.generateKey(parameters, true, ['sign', 'verify'])
  const jwk = await crypto.subtle.exportKey('jwk', generated.privateKey)
  const signer = await library.jwkSigner({ key: { ...jwk, alg, key_ops: ['sign'] } })
  const { keys } = await library.publicJwks(signer)
  const assertions = new library.AssertionSigner({ clientId: 'client.example.org', signer })
  const assertion = await assertions.sign({
    audience: 'https://authorization.example.org/token',
    mode: 'smart-backend',
    algorithms: [alg],
  })
  equal(await ask(plan, '/verify', { alg, assertion, jwk: keys[0] }), true)
}

export const keyChecks: readonly Check[] = KINDS.map(([alg, parameters]) => ({
  name: `${alg} signs an assertion that another implementation verifies`,
  run: (suite) => signs(suite, alg, parameters),
}))
