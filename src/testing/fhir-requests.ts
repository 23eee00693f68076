import type { Received } from './respond.ts'

/** What a request wants of a FHIR base. */
export type Target =
  | { readonly what: 'search'; readonly type: string; readonly byPost: boolean }
  | { readonly what: 'page'; readonly name: string }
  | ({ readonly what: 'read' } & Place)
  | ({ readonly what: 'history' } & Place)
  | { readonly what: 'match' }
  | { readonly what: 'everything'; readonly id: string }
  | { readonly what: 'nothing' }

/** One resource, or one version of it. */
export interface Place {
  readonly type: string
  readonly id: string
  readonly versionId?: string | undefined
}

/** What a scope must permit: reading (`r`) or searching (`s`) a resource type. */
export interface Need {
  readonly type: string
  readonly interaction: 'r' | 's'
}

/** Parses the path below the base; `pageParameter` is the one of next links. */
export function targetOf({ method, url }: Received, path: string, pageParameter: string): Target {
  const [type = '', id, third, versionId, ...more] = path.split('/')
  if (more.length > 0) return { what: 'nothing' }
  if (method === 'POST') return postTarget(path, type)
  if (method !== 'GET') return { what: 'nothing' }
  const name = url.searchParams.get(pageParameter)
  if (name !== null && id === undefined) return { what: 'page', name }
  if (!/^[A-Z][A-Za-z]+$/.test(type)) return { what: 'nothing' }
  if (id === undefined) return { what: 'search', type, byPost: false }
  if (!/^[A-Za-z0-9.-]+$/.test(id)) return { what: 'nothing' }
  if (third === undefined) return { what: 'read', type, id }
  if (third === '_history') {
    return versionId === undefined
      ? { what: 'history', type, id }
      : { what: 'read', type, id, versionId }
  }
  const isEverything = type === 'Patient' && third === '$everything' && versionId === undefined
  return isEverything ? { what: 'everything', id } : { what: 'nothing' }
}

function postTarget(path: string, type: string): Target {
  if (path === 'Patient/$match') return { what: 'match' }
  return path === `${type}/_search` ? { what: 'search', type, byPost: true } : { what: 'nothing' }
}

/** Scopes of both SMART generations by meaning: `read` is `rs`, `*` is everything. */
export function permits(scope: string, { type, interaction }: Need): boolean {
  const [, on = '', access = ''] = /^system\/([A-Za-z]+|\*)\.(.+)$/.exec(scope) ?? []
  if (on !== type && on !== '*') return false
  return access === 'read' || access === '*' || access.includes(interaction)
}
