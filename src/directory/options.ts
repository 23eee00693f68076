import { requireBaseUrl } from '../http/base-url.ts'
import { isRecord, requireObject, requireOneOf, requireText } from '../lib/arguments.ts'
import type { HttpOptions } from '../types.ts'
import { releases, type DirectoryRelease } from './releases.ts'

/** Where the directory is and how it is asked. */
export interface DirectoryOptions extends HttpOptions {
  /** Which directory API; an object describes one that the library does not know. */
  release: 'carequality-stu3' | 'carequality-r4' | 'rce-r4' | DirectoryRelease
  /** Needed unless `baseUrl` is given; `carequality-stu3` alone means connect.carequality.org. */
  environment?: 'production' | 'stage' | 'dev' | undefined
  /** In place of `environment`. */
  baseUrl?: string | undefined
  /** A function is asked for every request. Never shown in errors, events or `next` links. */
  apiKey: string | (() => string | Promise<string>)
  /** How long `organization()` reuses an entry, in milliseconds. Default 1 h, or the server's `max-age`; at most 24 h. */
  maxAgeMs?: number | undefined
}

/** The release by name or as given. */
export function releaseOf(value: DirectoryOptions['release']): DirectoryRelease {
  if (typeof value === 'object' && isRecord(value)) return requireRelease(value)
  const name = requireOneOf(value, ['carequality-stu3', 'carequality-r4', 'rce-r4'], 'release')
  if (name === undefined) throw new TypeError('"release" is needed')
  return releases[name]
}

function requireRelease(release: DirectoryRelease): DirectoryRelease {
  const { format, apiKey, baseUrls, activeParameter } = release
  requireObject(apiKey, 'release.apiKey')
  requireObject(baseUrls, 'release.baseUrls')
  requireText(format, 'release.format')
  requireOneOf(format, ['json', 'xml'], 'release.format')
  requireText(apiKey.in, 'release.apiKey.in')
  requireOneOf(apiKey.in, ['query', 'header'], 'release.apiKey.in')
  if (apiKey.in === 'query') requireText(apiKey.name, 'release.apiKey.name')
  requireText(activeParameter, 'release.activeParameter')
  return release
}

/** Where the directory is, by option or by release and environment. */
export function baseUrlOf(options: DirectoryOptions, release: DirectoryRelease): string {
  if (options.baseUrl !== undefined) return requireBaseUrl(options.baseUrl, 'baseUrl')
  const environment = requireOneOf(
    options.environment,
    ['production', 'stage', 'dev'],
    'environment',
  )
  const url = release.baseUrls[environment ?? 'public']
  if (url === undefined) {
    throw new TypeError(
      environment === undefined
        ? '"environment" or "baseUrl" is needed'
        : `"environment" '${environment}' is not known for this release; give "baseUrl"`,
    )
  }
  return url
}
