/** Cases as their files hold them; `test/fixtures/cases/<name>` has one each. */
import { readdirSync, readFileSync } from 'node:fs'
import type {
  CarequalityClientOptions,
  DirectoryOptions,
  ResponderOptions,
} from '../../../src/index.ts'
import type { AssertionSignerOptions } from '../../../src/auth/index.ts'
import type { FhirPatientClientOptions } from '../../../src/fhir/index.ts'
import type { DirectoryReleaseId, WantedEndpoint } from '../../../src/directory/index.ts'

/** What a server answers, and to what. */
export interface CaseAnswer {
  readonly method?: string
  readonly url?: string
  readonly urlMatches?: string
  readonly bodyMatches?: string
  /** For servers of node:http: a pattern of the path, and whether the request has an If-None-Match. */
  readonly path?: string
  readonly ifNoneMatch?: boolean
  /** How often it is good. */
  readonly times?: number
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly text?: string
  readonly bodyBase64?: string
}

/** One call of the public API. */
export interface CaseCall {
  readonly fn: string
  readonly args?: readonly unknown[]
  readonly end?: 'toArray' | 'iterate'
  readonly mayFail?: boolean
}

interface Answered {
  readonly base: string
  readonly answers: readonly CaseAnswer[]
}
/** A file of the case stands for a value. */
export interface FromFile {
  readonly $file: string
  readonly bytes?: boolean
}

export type CaseInput =
  | (Answered & {
      readonly kind: 'patients'
      readonly options?: Partial<FhirPatientClientOptions>
      readonly call?: CaseCall
      readonly calls?: readonly CaseCall[]
    })
  | (Omit<Answered, 'base'> & {
      readonly kind: 'client'
      readonly options?: Partial<CarequalityClientOptions>
      readonly responder: { readonly baseUrl: string; readonly tokenEndpoint?: string }
      readonly responderOptions?: ResponderOptions
      readonly call?: CaseCall
    })
  | (Answered & {
      readonly kind: 'directory'
      readonly release?: DirectoryReleaseId
      readonly options?: Partial<DirectoryOptions>
      readonly call: CaseCall
      readonly select?: WantedEndpoint
    })
  | { readonly kind: 'entry'; readonly resource: object; readonly wanted?: WantedEndpoint }
  | {
      readonly kind: 'signer'
      readonly fn: string
      readonly options: Readonly<Record<string, string | object>>
      readonly assertion?: Omit<AssertionSignerOptions, 'signer'>
    }
  | {
      readonly kind: 'http'
      readonly answers: readonly CaseAnswer[]
      readonly options?: Partial<FhirPatientClientOptions>
      readonly calls: readonly CaseCall[]
    }
  | { readonly kind: 'tls'; readonly key: string; readonly cert: string; readonly ca: string }
  | { readonly kind: 'proxy407' }

export interface CaseExpected {
  readonly oneOf?: readonly CaseExpected[]
  readonly error?: {
    readonly code?: string
    readonly notCode?: string
    readonly retryable?: boolean
    readonly messageMatches?: string
    readonly messageNotMatches?: string
  }
  /** Paths into what the call gave. */
  readonly result?: Readonly<Record<string, unknown>>
  readonly resultMatches?: Readonly<Record<string, string>>
  readonly requests?: readonly string[]
  readonly noRequestMatches?: string
  readonly requestMatches?: string
  readonly noEvent?: string
  readonly anyEvent?: readonly string[]
}

export interface FieldCase {
  readonly name: string
  /** Its first sentence, for the test's title. */
  readonly title: string
  readonly input: CaseInput
  readonly expected: CaseExpected
  readonly file: (name: string) => Buffer
}

const ROOT = new URL('../../fixtures/cases/', import.meta.url)

/** All of them; none is left out. */
export function fieldCases(): readonly FieldCase[] {
  const names = readdirSync(ROOT).filter((name) => !name.startsWith('_'))
  return names.sort().map((name) => {
    const file = (part: string): Buffer => readFileSync(new URL(`${name}/${part}`, ROOT))
    const text = (part: string): string => file(part).toString('utf8')
    return {
      name,
      title: firstSentence(text('README.md')),
      input: JSON.parse(text('input.json')) as CaseInput,
      expected: JSON.parse(text('expected.json')) as CaseExpected,
      file,
    }
  })
}

/** The key and certificate of the tests' client. */
export function clientIdentity(): { readonly key: string; readonly certificates: string } {
  const text = (name: string): string => readFileSync(new URL(`_keys/${name}`, ROOT), 'utf8')
  return { key: text('key.pem'), certificates: text('cert.pem') }
}

/** Its first sentence; one that only leads to the next, such as `Control:`, is none. */
function firstSentence(readme: string): string {
  const text = readme.replace(/\s+/g, ' ').trim()
  return /^.{30,}?\.(?= |$)/.exec(text)?.[0] ?? text
}
