// Responders on loopback: one server for ten of them, at most a thousand servers; each `$match` after 50 ms.
import { createServer } from 'node:http'

const targets = Number(process.argv[2])
const servers = Math.min(1_000, Math.ceil(targets / 10))
const bases = []
for (let at = 0; at < servers; at += 1) {
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () => {
      const [, base] = /^\/(\w+)/.exec(request.url)
      const root = `http://127.0.0.1:${server.address().port}/${base}`
      const answer = (body, status = 200) => {
        response.writeHead(status, { 'content-type': 'application/fhir+json' })
        response.end(JSON.stringify(body))
      }
      if (request.url.endsWith('/metadata')) answer(statementOf(root))
      else if (request.url.endsWith('/token'))
        answer({ access_token: 't', token_type: 'Bearer', expires_in: 300 })
      else if (request.url.endsWith('/$match')) setTimeout(() => answer(match), 50)
      else answer({}, 404)
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  for (let base = 0; base < Math.ceil(targets / servers); base += 1)
    bases.push(`http://127.0.0.1:${server.address().port}/r${base}`)
}
process.send(bases.slice(0, targets))

function statementOf(root) {
  const url = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris'
  const security = {
    extension: [{ url, extension: [{ url: 'token', valueUri: `${root}/token` }] }],
  }
  const operation = [
    { name: 'match', definition: 'http://hl7.org/fhir/OperationDefinition/Patient-match' },
  ]
  const resource = [{ type: 'Patient', operation }]
  return {
    resourceType: 'CapabilityStatement',
    fhirVersion: '4.0.1',
    rest: [{ mode: 'server', security, resource }],
  }
}

const grade = { url: 'http://hl7.org/fhir/StructureDefinition/match-grade', valueCode: 'certain' }
const match = {
  resourceType: 'Bundle',
  type: 'searchset',
  total: 1,
  entry: [
    {
      resource: { resourceType: 'Patient', id: '1', name: [{ family: 'Peters' }] },
      search: { mode: 'match', score: 1, extension: [grade] },
    },
  ],
}
