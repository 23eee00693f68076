/** A provider that asks the token endpoint of this suite, and what a FHIR client asks it. */
import { generateKeyPairSync } from 'node:crypto'
import { AssertionSigner, pemSigner, TokenProvider } from '../../dist/index.js'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const assertions = new AssertionSigner({
  clientId: 'client.example.org',
  signer: await pemSigner({ key }),
})

export function provider(now = Date.now) {
  return new TokenProvider({
    assertions,
    allowInsecureLoopback: true,
    // The guard of the token endpoint is not what is measured.
    tokenRequestsPerMinute: 60_000,
    now,
  })
}

export function requestTo(port, { delayMs, lifeS }) {
  const origin = `http://127.0.0.1:${port}`
  return {
    tokenEndpoint: `${origin}/token/${delayMs}/${lifeS}`,
    fhirBaseUrl: `${origin}/r4`,
    scope: 'system/Patient.read',
  }
}

/** One call of a FHIR client, with a signal and a time of its own. */
export function callOf({ fhirBaseUrl: url }) {
  return { url, signal: new AbortController().signal, timeoutMs: 60_000 }
}
