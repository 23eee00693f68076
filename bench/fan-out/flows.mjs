/**
 * Ways to ask a responder: `open(port, attemptMs)` gives `ask(address)`, which goes from its metadata
 * over a token to a search and a read. Each is loaded alone, in a process of its own.
 */

const newKeys = () =>
  crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])

/** The whole library, with all it looks at. */
async function ours(port, attemptTimeoutMs, options = {}) {
  const { CarequalityClient, cryptoKeySigner } = await import('../../dist/index.js')
  const { privateKey, publicKey } = await newKeys()
  const client = new CarequalityClient({
    clientId: 'client',
    mode: 'smart-backend',
    signer: await cryptoKeySigner({ key: privateKey, publicKey, kid: 'k' }),
    allowInsecureLoopback: true,
    attemptTimeoutMs,
    ...options,
  })
  return async (address) => {
    const { patients } = await client.responder({ baseUrl: `http://${address}:${port}/fhir` })
    for await (const { id } of patients.search({ family: 'Peters' })) await patients.read(id)
  }
}

/** What one would write: no policy, no limits, no validation; a time for each request. */
async function bare(port, json) {
  const { SignJWT } = await import('jose')
  const { privateKey } = await newKeys()
  return async (address) => {
    const base = `http://${address}:${port}/fhir`
    const { rest } = await json(`${base}/metadata`, {})
    const endpoint = rest[0].security.extension[0].extension[0].valueUri
    const assertion = await new SignJWT({ jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .setIssuer('client')
      .setSubject('client')
      .setAudience(endpoint)
      .setExpirationTime('5m')
      .sign(privateKey)
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'system/Patient.read',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    })
    const { access_token: token } = await json(endpoint, posted(form))
    const authorization = `Bearer ${token}`
    const search = posted(new URLSearchParams({ family: 'Peters' }))
    search.headers.authorization = authorization
    const { entry } = await json(`${base}/Patient/_search`, search)
    await json(`${base}/Patient/${entry[0].resource.id}`, { headers: { authorization } })
  }
}

const posted = (form) => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: form.toString(),
})

export const flows = {
  'ours, default': (port, attemptMs) => ours(port, attemptMs),
  'ours over fetch': (port, attemptMs) =>
    ours(port, attemptMs, { fetch: (request) => fetch(request) }),
  fetch: (port, attemptMs) =>
    bare(port, async (url, options) => {
      const response = await fetch(url, { ...options, signal: AbortSignal.timeout(attemptMs) })
      return response.json()
    }),
  'undici.request': async (port, attemptMs) => {
    const { request } = await import('undici')
    return bare(port, async (url, options) => {
      const { body } = await request(url, { ...options, signal: AbortSignal.timeout(attemptMs) })
      return body.json()
    })
  },
}
