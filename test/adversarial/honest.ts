/** What an honest server answers at each stage. */
import {
  ATTACHMENT,
  capabilityStatement,
  history,
  next,
  OID,
  organizationR4,
  organizationXml,
  patient,
  searchset,
  smartConfiguration,
} from './documents.ts'
import type { Reply, Seen, World } from './world.ts'

/** Bytes of the attachment. */
const CONTENT = Buffer.from(ATTACHMENT)

const FHIR = 'application/fhir+json'

export function honestAnswer(world: World, seen: Seen): Reply {
  const { stage } = seen
  if (stage.startsWith('directory')) return fromDirectory(world, seen)
  if (stage === 'capability')
    return world.stage === 'smart' ? reply(404, '') : fhir(capabilityStatement(world.tokenEndpoint))
  if (stage === 'smart')
    return world.stage === 'capability'
      ? reply(404, '')
      : json(smartConfiguration(world.tokenEndpoint))
  if (stage === 'token') return granted(world)
  const [, token = ''] = /^Bearer (.+)$/.exec(seen.headers.authorization ?? '') ?? []
  if (!world.tokens.includes(token)) return reply(401, '')
  return stage === 'binary' ? reply(200, CONTENT, 'application/pdf') : fhir(resource(world, seen))
}

function resource(world: World, { stage }: Seen): object {
  if (stage === 'search' || stage === 'search-get')
    return searchset(
      ['a', 'b'],
      world.stage === 'page' ? [next(`${world.base}/Patient?page=2`)] : [],
    )
  if (stage === 'page') return searchset(['c'])
  if (stage === 'match') return searchset(['a'])
  if (stage === 'everything')
    return searchset([patient(), { resourceType: 'Observation', id: 'o1', status: 'final' }])
  return stage === 'history' ? history() : patient()
}

function fromDirectory(world: World, { stage, url, headers }: Seen): Reply {
  const xml = stage === 'directory-xml'
  const key = xml ? `apikey=${world.apiKey}` : `api-key ${world.apiKey}`
  if (!(xml ? url : (headers.authorization ?? '')).includes(key)) return reply(401, '')
  if (!url.includes(OID)) return reply(404, '')
  return xml
    ? reply(200, organizationXml(world.base), 'application/fhir+xml')
    : fhir(organizationR4(world.base))
}

/** A token answer; members in its place, undefined leaves one out. */
export function granted(world: World, members: object = {}): Reply {
  return json({
    access_token: world.newToken(),
    token_type: 'Bearer',
    expires_in: 300,
    scope: 'system/Patient.read',
    ...members,
  })
}

export function reply(status: number, body: string | Buffer, type?: string): Reply {
  return { status, body, headers: type === undefined ? {} : { 'content-type': type } }
}

export function json(body: unknown, status = 200): Reply {
  return reply(status, JSON.stringify(body), 'application/json')
}

export function fhir(body: unknown, status = 200): Reply {
  return reply(status, JSON.stringify(body), FHIR)
}
