/** Ways to ask all responders whether they know a patient; each is called twice: cold, and warm. */
export const ANSWER_MS = 50
export const AT_ONCE = 64

const asked = {
  resourceType: 'Patient',
  name: [{ family: 'Peters', given: ['Timothy'] }],
  birthDate: '1946-04-05',
  gender: 'male',
}
const newKeys = () =>
  crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])

async function ours() {
  const { CarequalityClient, cryptoKeySigner } = await import('../../dist/index.js')
  const { privateKey, publicKey } = await newKeys()
  const client = new CarequalityClient({
    clientId: 'client',
    mode: 'smart-backend',
    signer: await cryptoKeySigner({ key: privateKey, publicKey, kid: 'k' }),
    allowInsecureLoopback: true,
  })
  return async (bases) => {
    const run = client.discover({ patient: asked, targets: bases, deadlineMs: 120_000 })
    let matched = 0
    for await (const { kind } of run) if (kind === 'matched') matched += 1
    return matched
  }
}

/** What one would write with fetch and jose: no policy, no limits of an origin, no breaker, no validation. */
async function byHand() {
  const { SignJWT } = await import('jose')
  const { privateKey } = await newKeys()
  const tokens = new Map()
  const json = async (url, options) => {
    const response = await fetch(url, { ...options, signal: AbortSignal.timeout(10_000) })
    if (!response.ok) throw new Error(String(response.status))
    return response.json()
  }
  const tokenFor = async (base) => {
    const known = tokens.get(base)
    if (known !== undefined && known.until > Date.now()) return known.token
    const [{ rest }] = await Promise.all([
      json(`${base}/metadata`),
      json(`${base}/.well-known/smart-configuration`).catch(() => undefined),
    ])
    const endpoint = rest[0].security.extension[0].extension[0].valueUri
    const assertion = await new SignJWT({ jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .setIssuer('client')
      .setSubject('client')
      .setAudience(endpoint)
      .setExpirationTime('5m')
      .sign(privateKey)
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'system/Patient.read',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    })
    const { access_token: token, expires_in: seconds } = await json(endpoint, {
      method: 'POST',
      body,
    })
    tokens.set(base, { token, until: Date.now() + seconds * 900 })
    return token
  }
  const ask = async (base) => {
    const authorization = `Bearer ${await tokenFor(base)}`
    const { entry } = await json(`${base}/Patient/$match`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/fhir+json' },
      body: JSON.stringify({
        resourceType: 'Parameters',
        parameter: [{ name: 'resource', resource: asked }],
      }),
    })
    return entry.length
  }
  return async (bases) => {
    let next = 0
    let matched = 0
    const some = async () => {
      while (next < bases.length) {
        const found = await ask(bases[next++])
        matched += found // not before: others add meanwhile
      }
    }
    await Promise.allSettled(Array.from({ length: AT_ONCE }, some))
    return matched
  }
}

export const flows = { 'client.discover': ours, 'fetch, jose, Promise.allSettled': byHand }
