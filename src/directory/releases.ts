/** A directory API as data: where it is, how it takes the key, what it answers. */
export interface DirectoryRelease {
  readonly id: string
  /** What is asked for. XML is what the legacy directory's JSON is a naive conversion of. */
  readonly format: 'json' | 'xml'
  /** A key in the query leaks into logs, so the header is used wherever the directory takes it. */
  readonly apiKey: { readonly in: 'query'; readonly name: string } | { readonly in: 'header' }
  /** Base URLs; `public` serves where neither `environment` nor `baseUrl` is given. */
  readonly baseUrls: {
    readonly public?: string | undefined
    readonly production?: string | undefined
    readonly stage?: string | undefined
    readonly dev?: string | undefined
  }
  /** Name of the search parameter for active entries. */
  readonly activeParameter: string
}

/** The legacy Carequality directory. */
const carequalityStu3: DirectoryRelease = {
  id: 'carequality-stu3',
  format: 'xml',
  apiKey: { in: 'query', name: 'apikey' },
  baseUrls: {
    public: 'https://connect.carequality.org/fhir-stu3/1.0.1',
    production: 'https://prod-dir-ceq-01.sequoiaproject.org/fhir-stu3/1.0.1',
    stage: 'https://stage-dir-ceq.sequoiaproject.org/fhir-stu3/1.0.1',
    dev: 'https://directory.dev.carequality.org/fhir-pre-stu3',
  },
  activeParameter: '_active',
}

/** The FHIR R4 Carequality directory. */
const carequalityR4: DirectoryRelease = {
  id: 'carequality-r4',
  format: 'json',
  apiKey: { in: 'header' },
  baseUrls: {
    production: 'https://directory.prod.carequality.org/fhir',
    stage: 'https://directory.stage.carequality.org/fhir',
    dev: 'https://directory.dev.carequality.org/fhir',
  },
  activeParameter: 'active',
}

/** TEFCA's directory; its base URL is given with the access. */
const rceR4: DirectoryRelease = { ...carequalityR4, id: 'rce-r4', baseUrls: {} }

/** The releases that are known by name. */
export const releases: Readonly<
  Record<'carequality-stu3' | 'carequality-r4' | 'rce-r4', DirectoryRelease>
> = {
  'carequality-stu3': carequalityStu3,
  'carequality-r4': carequalityR4,
  'rce-r4': rceR4,
}
