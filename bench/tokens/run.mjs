/** Tokens and signatures, measured side by side in one run: `npm run auth` in bench/. */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { AssertionSigner, pemSigner, TokenProvider } from '../../dist/index.js'
import { interleaved, print } from './rounds.mjs'

const CLIENT_ID = 'client.example.org'
const request = {
  tokenEndpoint: 'https://fhir.example.org/oauth2/token',
  fhirBaseUrl: 'https://fhir.example.org/r4',
  scope: 'system/Patient.read',
}
const claims = {
  extensions: {
    'hl7-b2b': { version: '1', subject_name: 'A B', purpose_of_use: 'TREATMENT' },
  },
}
const KINDS = {
  RS384: {
    pair: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
    parameters: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' },
    times: 40,
  },
  ES384: {
    pair: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    parameters: { name: 'ECDSA', hash: 'SHA-384', namedCurve: 'P-384' },
    times: 40,
  },
}
const keys = Object.entries(KINDS).map(([alg, { pair, ...kind }]) => {
  const pem = pair().privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { alg, pem, ...kind }
})

/** A provider over a token endpoint in this process; `sent` counts its requests. */
async function provider(delayMs = 0) {
  const counted = { sent: 0 }
  const signer = await pemSigner({ key: keys[1].pem })
  const tokens = new TokenProvider({
    assertions: new AssertionSigner({ clientId: CLIENT_ID, signer }),
    fetch: async () => {
      counted.sent += 1
      await new Promise((resolve) => setTimeout(resolve, delayMs))
      const body = JSON.stringify({ access_token: 't', token_type: 'Bearer', expires_in: 3600 })
      return new Response(body, { headers: { 'content-type': 'application/json' } })
    },
  })
  return { tokens, counted }
}

{
  const { tokens } = await provider()
  const withClaims = { ...request, claims }
  const authorize = tokens.authorizer(withClaims)
  const { signal } = new AbortController()
  const context = { url: request.fhirBaseUrl, signal, timeoutMs: 30_000 }
  const map = new Map([['key', await authorize(context)]])
  const results = await interleaved([
    { name: 'async Map look-up', times: 100_000, work: async () => map.get('key') },
    {
      name: 'authorizer, cached',
      times: 100_000,
      base: 'async Map look-up',
      work: () => authorize(context),
    },
    {
      name: 'getToken with claims, cached',
      times: 30_000,
      base: 'async Map look-up',
      work: () => tokens.getToken(withClaims),
    },
  ])
  print('A cached token', results)
}

for (const { alg, pem, parameters, times } of keys) {
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' })
  const key = await crypto.subtle.importKey('pkcs8', der, parameters, false, ['sign'])
  const signer = await pemSigner({ key: pem, algorithms: [alg] })
  const assertions = new AssertionSigner({ clientId: CLIENT_ID, signer })
  const asked = { audience: request.tokenEndpoint, algorithms: [alg] }
  const assertion = await assertions.sign(asked)
  const input = new TextEncoder().encode(assertion.slice(0, assertion.lastIndexOf('.')))
  const { signal } = new AbortController()
  const bare = `WebCrypto, ${alg}`
  const results = await interleaved(
    [
      { name: bare, times, work: () => crypto.subtle.sign(parameters, key, input) },
      {
        name: `signer, ${alg}`,
        times,
        base: bare,
        work: () => signer.sign(input, { alg, signal }),
      },
      { name: `whole assertion, ${alg}`, times, base: bare, work: () => assertions.sign(asked) },
    ],
    61,
  )
  print(`Signing with a local key, ${alg}`, results)
}

{
  const { tokens, counted } = await provider(50)
  const authorize = tokens.authorizer(request)
  const callers = Array.from({ length: 10_000 }, () =>
    authorize({
      url: request.fhirBaseUrl,
      signal: new AbortController().signal,
      timeoutMs: 60_000,
    }),
  )
  const begun = performance.now()
  await Promise.all(callers)
  const wall = Math.round(performance.now() - begun)
  console.log(
    `\n10,000 callers on a cold cache: ${counted.sent} request, all served after ${wall} ms (the server takes 50)`,
  )
}
