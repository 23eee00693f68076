/**
 * @asymmetrik/node-fhir-server-core on loopback, R4 and STU3 at once. Routes, parameters, scopes,
 * CapabilityStatement, serialisation and headers are its own; what it leaves to its host comes from
 * the store of the other suite.
 */
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { bearerJudge } from '../fhir-network/bearer.mjs'
import { listen, seenOf } from '../fhir-network/listen.mjs'
import { openStore } from '../fhir-network/store.mjs'

const STRATEGY = fileURLToPath(new URL('strategy.cjs', import.meta.url))
const require = createRequire(import.meta.url)
const VERSIONS = ['4_0_0', '3_0_1']

/** `security`: what the CapabilityStatement says under oauth-uris. */
export async function startAsymmetrik({ authorization, resources, deleted, security }) {
  const store = await openStore({ resources, deleted })
  const requests = []
  const { server, url, close } = await listen()
  const app = appOf(store, url, authorization, security)
  server.on('request', (request, response) => {
    const seen = seenOf(request, '')
    requests.push(seen)
    request.on('data', (chunk) => (seen.body += chunk))
    app(request, response)
  })
  return { baseUrls: { R4: `${url}/4_0_0`, STU3: `${url}/3_0_1` }, requests, close }
}

function appOf(store, url, authorization, security) {
  const mode = process.env.NODE_ENV
  // In its test mode it checks neither tokens nor scopes.
  process.env.NODE_ENV = 'production'
  try {
    const core = require('@asymmetrik/node-fhir-server-core')
    require(STRATEGY).judge = bearerJudge(authorization)
    const service = (type) => serviceOf(core, store, url, type)
    const operation = [
      { name: 'match', route: '/$match', method: 'POST' },
      { name: 'everything', route: '/:id/$everything', method: 'GET' },
    ]
    const { app } = core.initialize({
      profiles: {
        patient: { service: service('Patient'), versions: VERSIONS, operation },
        practitioner: { service: service('Practitioner'), versions: VERSIONS },
        observation: { service: service('Observation'), versions: VERSIONS },
      },
      security,
      auth: { type: 'smart', strategy: { name: 'bearer', service: STRATEGY } },
    })
    core.loggers.get('default').silent = true
    return app
  } finally {
    process.env.NODE_ENV = mode
  }
}

function serviceOf({ ServerError, resolveSchema }, store, url, type) {
  /** Its own serialiser writes what the store gives. */
  const ask = async (version, request) => {
    const { status, resource } = await store.handle({ ...request, baseUrl: `${url}/${version}` })
    if (status !== 200) throw new ServerError('refused', { statusCode: status, ...resource })
    const Resource = resolveSchema(version, resource.resourceType.toLowerCase())
    return new Resource(resource)
  }
  const get = (path, { base_version: version }, { req } = {}) =>
    ask(version, { method: 'GET', path, query: pairsOf(req?.query ?? {}) })

  return {
    // It hands over no `_count`, `_sort`, `_include` nor chains; they are in the request.
    search: ({ base_version: version }, { req }) => {
      const method = req.method
      const path = method === 'POST' ? `${type}/_search` : type
      return ask(version, {
        method,
        path,
        query: pairsOf(method === 'POST' ? req.body : req.query),
      })
    },
    searchById: async (args) => {
      const path = `${type}/${args.id}`
      if (store.wasDeleted(path)) {
        const issue = [{ severity: 'error', code: 'deleted', details: { text: 'Deleted' } }]
        throw new ServerError('deleted', { statusCode: 410, issue })
      }
      return get(path, args).catch(({ statusCode }) => {
        if (statusCode !== 404) throw new Error('the store failed')
        // Nothing makes it say "Not Found" in plain text.
        return undefined
      })
    },
    searchByVersionId: (args) => get(`${type}/${args.id}/_history/${args.version_id}`, args),
    historyById: (args) => get(`${type}/${args.id}/_history`, args),
    everything: (args, context) => get(`${type}/${args.id}/$everything`, args, context),
    match: ({ base_version: version, resource: body }) =>
      ask(version, { method: 'POST', path: `${type}/$match`, body }),
  }
}

function pairsOf(fields) {
  return new URLSearchParams(
    Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one) => [name, one])),
  )
}
