import { requireBaseUrl, shownUrl } from '../../http/policies/base-url.ts'
import {
  isRecord,
  requireBoolean,
  requireFunction,
  requireObject,
  requireOneOf,
  requireText,
  requireWhole,
} from '../../lib/arguments.ts'
import { ownProperties, ownOptions } from '../../lib/own.ts'
import type { HttpOptions } from '../../types.ts'
import { directoryReleases, type DirectoryRelease, type DirectoryReleaseId } from './releases.ts'
import type { EntryReader } from '../select/entry-reader.ts'

/** Where the directory is and how it is requested. */
export interface DirectoryOptions extends HttpOptions {
  /** Which directory API; an object describes one that the library does not know. */
  release: DirectoryReleaseId | DirectoryRelease
  /** Needed unless `baseUrl` is given; `carequality-stu3` alone means connect.carequality.org. */
  environment?: 'production' | 'stage' | 'dev' | undefined
  /** Overrides the environment's own address; `environment` still names what it is. */
  baseUrl?: string | undefined
  /** A function is called for every request. Never shown in errors, events or `next` links. */
  apiKey: string | (() => string | Promise<string>)
  /**
   * How long `organization()` reuses an entry, in milliseconds. Default 1 h, or as long as the
   * server says; at most 24 h.
   */
  maxAgeMs?: number | undefined
  /**
   * Where `read` and `find` look when the directory is down (no response, 429 or 5xx): a
   * `DirectorySnapshot`, or another reader. The directory then has half of a call's time.
   */
  fallback?: EntryReader | undefined
}

/** Which directory a client uses: the release, its address, and how a local copy is labelled. */
export interface DirectoryPlace {
  readonly release: DirectoryRelease
  readonly baseUrl: string
  readonly network: string
  /** `production`, `stage`, `dev`, `public`, or the base URL where no environment was named. */
  readonly environment: string
}

/** Checks release, environment and address. */
export function placeOf(options: DirectoryOptions): DirectoryPlace {
  const release = releaseOf(options.release)
  const environment = requireOneOf(
    options.environment,
    ['production', 'stage', 'dev'],
    'environment',
  )
  const network = release.network ?? release.id
  if (options.baseUrl !== undefined) {
    const baseUrl = requireBaseUrl(options.baseUrl, 'baseUrl')
    return { release, baseUrl, network, environment: environment ?? shownUrl(baseUrl) }
  }
  const name = environment ?? 'public'
  const baseUrl = release.baseUrls[name]
  if (baseUrl === undefined) {
    throw new TypeError(
      environment === undefined
        ? '"environment" or "baseUrl" is needed'
        : `"environment" '${environment}' is not known for this release; give "baseUrl"`,
    )
  }
  return { release, baseUrl, network, environment: name }
}

function releaseOf(value: DirectoryOptions['release']): DirectoryRelease {
  if (typeof value === 'object' && isRecord(value)) return requireRelease(value)
  const name = requireOneOf(value, ['carequality-stu3', 'carequality-r4', 'rce-r4'], 'release')
  if (name === undefined) throw new TypeError('"release" is needed')
  return directoryReleases[name]
}

function requireRelease(given: DirectoryRelease): DirectoryRelease {
  const release = ownRelease(given)
  const { id, network, format, apiKey, baseUrls, activeParameter, paging } = release
  if (network !== undefined) requireText(network, 'release.network')
  requireObject(apiKey, 'release.apiKey')
  requireObject(baseUrls, 'release.baseUrls')
  requireText(format, 'release.format')
  requireOneOf(format, ['json', 'xml'], 'release.format')
  requireText(apiKey.in, 'release.apiKey.in')
  requireOneOf(apiKey.in, ['query', 'header'], 'release.apiKey.in')
  if (apiKey.in === 'query') requireText(apiKey.name, 'release.apiKey.name')
  requireText(activeParameter, 'release.activeParameter')
  requireText(id, 'release.id')
  requireBoolean(release.listsInactive, 'release.listsInactive')
  requireBoolean(release.lastUpdated, 'release.lastUpdated')
  requireFunction(release.read, 'release.read')
  if (paging !== undefined) {
    requireObject(paging, 'release.paging')
    for (const name of ['count', 'start', 'sort'] as const) {
      if (paging[name] !== undefined) requireText(paging[name], `release.paging.${name}`)
    }
    requireWhole(paging.size, 'release.paging.size')
  }
  return release
}

/** Its own members alone, also of the settings inside. */
function ownRelease(release: DirectoryRelease): DirectoryRelease {
  const copy = ownProperties(release)
  return ownProperties({
    ...copy,
    apiKey: ownOptions(copy.apiKey, 'release.apiKey'),
    baseUrls: ownOptions(copy.baseUrls, 'release.baseUrls'),
    ...(copy.paging === undefined ? {} : { paging: ownOptions(copy.paging, 'release.paging') }),
  })
}
