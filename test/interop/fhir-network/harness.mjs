/**
 * A network of servers that we did not write, on loopback: oidc-provider gives tokens, Medplum's
 * router holds the patients and checks the bearer, a page of ours stands for the directory.
 */
import { bearerJudge } from './bearer.mjs'
import { listen, seenOf, textOf } from './listen.mjs'
import { openStore } from './store.mjs'

export { startAuthorizationServer } from './authorization-server.mjs'

/** Medplum's router with what it leaves to its host: metadata, ETag, bearer or key check; the rest is the store's. */
export async function startFhirServer({
  authorization,
  apiKey,
  resources,
  deleted,
  capabilityStatement,
  pageSize,
  tls,
  ca,
}) {
  const store = await openStore({ resources, deleted, pageSize })
  const judge = authorization && bearerJudge(authorization, ca)
  const requests = []
  const { server, url, close } = await listen(tls)
  const baseUrl = `${url}/fhir`

  server.on('request', async (request, response) => {
    const body = await textOf(request)
    requests.push(seenOf(request, body))
    try {
      const answer = await answerTo(request, body)
      const text = answer.resource === undefined ? '' : JSON.stringify(answer.resource)
      response.writeHead(answer.status, {
        'content-type': 'application/fhir+json; charset=utf-8',
        ...answer.headers,
      })
      response.end(text)
    } catch {
      response.writeHead(500).end()
    }
  })
  return { baseUrl, requests, repository: store.repository, close }

  async function answerTo(request, body) {
    const target = new URL(request.url, url)
    if (target.pathname === '/fhir/metadata')
      return { status: 200, resource: capabilityStatement(baseUrl) }
    if (!target.pathname.startsWith('/fhir/') || target.pathname.includes('/.well-known/'))
      return { status: 404, resource: outcome('not-found', 'Not found') }
    const path = target.pathname.replace('/fhir/', '')
    const [type] = path.split('/')
    const refusal = await refusalOf(request, type)
    if (refusal !== undefined) return refusal
    const form = path.endsWith('/_search')
    const { status, resource } = await store.handle({
      method: request.method,
      path,
      query: form ? new URLSearchParams(body) : target.searchParams,
      body: form || body === '' ? undefined : JSON.parse(body),
      baseUrl,
    })
    const versionId = resource.meta?.versionId
    if (versionId === undefined) return { status, resource }
    const headers = { etag: `W/"${versionId}"` }
    return request.headers['if-none-match'] === headers.etag
      ? { status: 304, headers }
      : { status, resource, headers }
  }

  async function refusalOf(request, type) {
    if (apiKey !== undefined)
      return request.headers.authorization === `api-key ${apiKey}`
        ? undefined
        : refuse(401, 'api-key', 'login', 'No key')
    try {
      const { scope = '' } = await judge(request)
      return new RegExp(`system/(${type}|\\*)\\.(read|rs)`).test(scope)
        ? undefined
        : refuse(403, 'Bearer error="insufficient_scope"', 'forbidden', 'Scope')
    } catch ({ challenge, text }) {
      return refuse(401, challenge, 'login', text)
    }
  }

  function refuse(status, challenge, code, text) {
    return { status, resource: outcome(code, text), headers: { 'www-authenticate': challenge } }
  }
}

/** The directory: one page of the legacy API and one of the R4 API for each organization. */
export async function startDirectory({ apiKey, organizations }) {
  const requests = []
  const { server, url, close } = await listen()
  server.on('request', (request, response) => {
    requests.push(seenOf(request))
    const target = new URL(request.url, url)
    const oid = target.pathname.split('/').at(-1)
    const allowed =
      target.searchParams.get('apikey') === apiKey ||
      request.headers.authorization === `api-key ${apiKey}`
    const address = organizations[oid]
    if (!allowed) return response.writeHead(401).end()
    if (address === undefined)
      return response
        .writeHead(404, { 'content-type': 'application/fhir+json' })
        .end(JSON.stringify(outcome('not-found', 'Not found')))
    if (target.pathname.startsWith('/fhir-stu3/'))
      return response
        .writeHead(200, { 'content-type': 'application/xml' })
        .end(legacyXml(oid, address))
    response
      .writeHead(200, { 'content-type': 'application/fhir+json' })
      .end(JSON.stringify(r4Organization(oid, address)))
  })
  return { stu3BaseUrl: `${url}/fhir-stu3/1.0.1`, r4BaseUrl: `${url}/fhir`, requests, close }
}

function legacyXml(oid, address) {
  return `<?xml version="1.0"?><Organization xmlns="http://hl7.org/fhir"><id value="${oid}"/><active value="true"/><name value="Interop"/><contained><Endpoint><connectionType><code value="rest-hook"/></connectionType><name value="FHIR R4"/><address value="${address}"/><extension url="x"><extension url="Transaction"><valueString value="FHIR REST"/></extension></extension></Endpoint></contained></Organization>`
}

function r4Organization(oid, address) {
  return {
    resourceType: 'Organization',
    id: oid,
    active: true,
    name: 'Interop',
    contained: [
      {
        resourceType: 'Endpoint',
        id: 'e',
        status: 'active',
        connectionType: {
          system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type',
          code: 'hl7-fhir-rest',
        },
        address,
        payloadType: [],
      },
    ],
  }
}

function outcome(code, text) {
  return {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code, details: { text } }],
  }
}
