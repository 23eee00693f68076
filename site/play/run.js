/** One run in the sandbox, reported as it happens. Nothing leaves the page. */
import { CarequalityClient } from 'carequality-fhir'
import { createSandbox } from 'carequality-fhir/testing'
import { faults } from './scenarios.js'

/**
 * Finds the organization, reads a patient and searches. `report` receives `{ kind, … }`: a step,
 * a request, an event, the text of `explain()`, a patient, or the error that ended the run.
 */
export async function run({ oid, fault: id }, report) {
  const fault = faults.find((candidate) => candidate.id === id) ?? faults[0]
  const sandbox = await createSandbox()
  const { signer: otherSigner } = (await createSandbox()).options
  const client = new CarequalityClient({
    ...sandbox.options,
    ...fault.options?.({ ...sandbox.options, otherSigner }),
    fetch: reported(sandbox.fetch, report),
    onEvent: ({ type, at, ...details }) => report({ kind: 'event', type, details }),
  })
  fault.sandbox?.(sandbox)
  try {
    report({ kind: 'step', code: `await client.organization('${oid}')` })
    const found = await client.organization(oid)
    const responder = await withTokenEndpoint(client, found, fault, report)
    report({ kind: 'explain', text: String(responder.explain()) })

    report({ kind: 'step', code: "await responder.patients.read('1316024')" })
    report({ kind: 'patient', patient: await responder.patients.read('1316024') })

    report({
      kind: 'step',
      code: "for await (const hit of responder.patients.search({ name: 'peters' }))",
    })
    for await (const patient of responder.patients.search({ name: 'peters' })) {
      report({ kind: 'patient', patient })
    }
    report({ kind: 'done' })
  } catch (error) {
    report({ kind: 'error', ...shown(error) })
  } finally {
    await client.close()
  }
}

async function withTokenEndpoint(client, found, { tokenEndpointOf }, report) {
  if (tokenEndpointOf === undefined) return found
  const baseUrl = found.endpoint.address
  const tokenEndpoint = tokenEndpointOf(found.endpoint)
  report({
    kind: 'step',
    code: `await client.responder({ baseUrl, tokenEndpoint: '${tokenEndpoint}' })`,
  })
  return client.responder({ baseUrl, tokenEndpoint })
}

/** The same fetch, which reports each request with its status, and an assertion decoded. */
function reported(fetch, report) {
  return async (request) => {
    const started = performance.now()
    const assertion = await assertionOf(request)
    const entry = {
      kind: 'request',
      method: request.method,
      url: withoutKey(request.url),
      assertion,
    }
    try {
      const response = await fetch(request)
      report({ ...entry, status: response.status, ms: Math.round(performance.now() - started) })
      return response
    } catch (error) {
      report({ ...entry, status: 'no response', ms: Math.round(performance.now() - started) })
      throw error
    }
  }
}

function withoutKey(url) {
  return url.replace(/(apikey=)[^&]*/i, '$1…')
}

async function assertionOf(request) {
  if (request.method !== 'POST') return undefined
  const text = await request.clone().text()
  const [header, claims] = new URLSearchParams(text).get('client_assertion')?.split('.') ?? []
  if (claims === undefined) return undefined
  return `${decoded(header)}\n${decoded(claims)}`
}

function decoded(part) {
  const bytes = atob(part.replaceAll('-', '+').replaceAll('_', '/'))
  const shortened = (name, value) => (name === 'x5c' ? [`${value.length} certificate(s)`] : value)
  return JSON.stringify(JSON.parse(bytes), shortened, 2)
}

/** What a program can read of an error. */
function shown(error) {
  const { code, message, retryable, operation, origin, status, retryAfterMs } = error
  const facts = { code, retryable, operation, origin, status, retryAfterMs }
  return { name: error.name, message, facts: JSON.parse(JSON.stringify(facts)) }
}
