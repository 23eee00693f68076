import type { DirectoryEntry } from '../model/model.ts'

/** A directory API as data: its address, how it takes the key, how it pages, and its format. */
export interface DirectoryRelease {
  readonly id: string
  /**
   * What the entries belong to; a local copy of one network is rejected by another. Default: `id`.
   */
  readonly network?: string | undefined
  /** The requested format. The legacy directory's JSON is a naive conversion of its XML. */
  readonly format: 'json' | 'xml'
  /**
   * A key in the query leaks into logs, so the header (`Authorization: api-key …`) is used wherever
   * the directory accepts it. In the query its name is `apikey`, `_apikey` or `_apiKey`.
   */
  readonly apiKey: { readonly in: 'query'; readonly name: string } | { readonly in: 'header' }
  /** Base URLs; `public` is used where neither `environment` nor `baseUrl` is given. */
  readonly baseUrls: {
    readonly public?: string | undefined
    readonly production?: string | undefined
    readonly stage?: string | undefined
    readonly dev?: string | undefined
  }
  /** Name of the search parameter for active entries. */
  readonly activeParameter: string
  /** Whether a search without `active` lists inactive entries too. Default true. */
  readonly listsInactive?: boolean | undefined
  /** Whether changes can be requested by `_lastUpdated`. Default true. */
  readonly lastUpdated?: boolean | undefined
  /** How a whole directory is paged through. Default `_count`, `_start`, `_sort=_id`, 1,000. */
  readonly paging?:
    | {
        readonly count?: string | undefined
        readonly start?: string | undefined
        /** Value of `_sort`: entries of equal rank may change places between two pages. */
        readonly sort?: string | undefined
        /** Entries requested at once. */
        readonly size?: number | undefined
      }
    | undefined
  /**
   * Instead of the built-in reader, which reads FHIR JSON, XML and its naive JSON. Undefined for
   * what is not an entry.
   */
  readonly read?: ((resource: unknown) => DirectoryEntry | undefined) | undefined
}

/** Names of the releases that the library knows. */
export type DirectoryReleaseId = 'carequality-stu3' | 'carequality-r4' | 'rce-r4'

/** The legacy Carequality directory. */
const carequalityStu3: DirectoryRelease = {
  id: 'carequality-stu3',
  network: 'carequality',
  format: 'xml',
  apiKey: { in: 'query', name: 'apikey' },
  baseUrls: {
    public: 'https://connect.carequality.org/fhir-stu3/1.0.1',
    production: 'https://prod-dir-ceq-01.sequoiaproject.org/fhir-stu3/1.0.1',
    stage: 'https://stage-dir-ceq.sequoiaproject.org/fhir-stu3/1.0.1',
    dev: 'https://directory.dev.carequality.org/fhir-pre-stu3',
  },
  activeParameter: '_active',
  listsInactive: false,
  lastUpdated: false,
  paging: { sort: 'orgname' },
}

/** The FHIR R4 Carequality directory. */
const carequalityR4: DirectoryRelease = {
  id: 'carequality-r4',
  network: 'carequality',
  format: 'json',
  apiKey: { in: 'header' },
  baseUrls: {
    production: 'https://directory.prod.carequality.org/fhir',
    stage: 'https://directory.stage.carequality.org/fhir',
    dev: 'https://directory.dev.carequality.org/fhir',
  },
  activeParameter: 'active',
}

/**
 * TEFCA's directory; its base URL is given with the access. It accepts the key as `?_apiKey=` as
 * well.
 */
const rceR4: DirectoryRelease = { ...carequalityR4, id: 'rce-r4', network: 'tefca', baseUrls: {} }

/** The known releases by name; copy one to describe a directory that differs a little. */
export const directoryReleases: Readonly<Record<DirectoryReleaseId, DirectoryRelease>> = {
  'carequality-stu3': carequalityStu3,
  'carequality-r4': carequalityR4,
  'rce-r4': rceR4,
}
