/** One case's corner of the adversary: its own paths on the shared servers, and all that was seen there. */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { parse } from 'node:querystring'

/** The stages of the path to a record. */
export const STAGES = [
  'directory-xml',
  'directory-r4',
  'capability',
  'smart',
  'token',
  'read',
  'vread',
  'history',
  'search',
  'page',
  'match',
  'everything',
  'binary',
] as const
export type StageId = (typeof STAGES)[number]

/** A request as it stood on the wire. */
export interface Seen {
  readonly stage: StageId | 'search-get' | 'elsewhere'
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** By `performance.now` and by `Date.now`, when the request was whole. */
  readonly at: number
  readonly date: number
}

/** An answer as a server writes it. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

/** What a fault plays with. */
export interface Play {
  readonly world: World
  readonly request: Seen
  readonly response: ServerResponse
  readonly socket: Socket
  /** How many requests of the stage there were, this one included. */
  readonly number: number
  /** What an honest server would answer. */
  readonly good: Reply
}

/** Gives an answer, or undefined where it dealt with the socket itself. */
export type Fault = (play: Play) => Reply | undefined | Promise<Reply | undefined>

/** Everything about one case on the wire. */
export class World {
  readonly id: string
  /** Origin of the honest servers; all stages live there. */
  readonly origin: string
  readonly evilOrigin: string
  readonly stage: StageId
  readonly fault: Fault
  /** How many requests of the stage meet the fault. */
  readonly times: number
  readonly apiKey: string
  readonly seen: Seen[] = []
  readonly tokens: string[] = []
  /** Assertions that were sent. */
  readonly assertions: string[] = []
  /** What went wrong on the wire whatever the case is about. */
  readonly violations: string[] = []
  /** Sockets with an answer that is not whole yet. */
  readonly open: Set<Socket> = new Set<Socket>()
  /** Bytes that a fault had written when its socket went. */
  written = 0

  constructor(
    id: string,
    origins: { readonly origin: string; readonly evilOrigin: string },
    what: { readonly stage: StageId; readonly fault: Fault; readonly times?: number | undefined },
  ) {
    this.id = id
    this.origin = origins.origin
    this.evilOrigin = origins.evilOrigin
    this.stage = what.stage
    this.fault = what.fault
    this.times = what.times ?? Infinity
    this.apiKey = `KEY-CANARY-${id}`
  }

  /** Below it everything of this case lives, at both origins. */
  get path(): string {
    return `/c/${this.id}`
  }

  get base(): string {
    return `${this.origin}${this.path}/fhir`
  }

  get tokenEndpoint(): string {
    return `${this.origin}${this.path}/token`
  }

  /** A place at the other origin that nobody may ask. */
  get evil(): string {
    return `${this.evilOrigin}${this.path}/evil`
  }

  count(stage: Seen['stage'] = this.stage): number {
    return this.seen.filter((one) => one.stage === stage).length
  }

  /** Everything that must not be shown and must not reach the other origin. */
  get secrets(): readonly string[] {
    const signatures = this.assertions.flatMap((assertion) => assertion.split('.').slice(1))
    return [this.apiKey, ...this.tokens, ...this.assertions, ...signatures]
  }

  newToken(): string {
    const token = `TOKEN-CANARY-${this.id}-${this.tokens.length}`
    this.tokens.push(token)
    return token
  }

  stageOf(method: string, url: string): Seen['stage'] {
    const [path = '', query = ''] = url.slice(this.path.length).split('?', 2)
    if (/^\/dirx\/Organization\/[\d.]+$/.test(path)) return 'directory-xml'
    if (/^\/dirj\/Organization\/[\d.]+$/.test(path)) return 'directory-r4'
    if (path === '/token') return method === 'POST' ? 'token' : 'elsewhere'
    const [, below] = /^\/fhir\/(.+)$/.exec(path) ?? []
    if (below === undefined) return 'elsewhere'
    if (below === 'Patient/_search') return 'search'
    if (below === 'Patient' && query !== '') return query.includes('page=') ? 'page' : 'search-get'
    return FHIR_STAGES.find(([pattern]) => pattern.test(below))?.[1] ?? 'elsewhere'
  }

  /** Keeps the request, and looks at it as every honest server would. */
  record(seen: Seen): void {
    this.seen.push(seen)
    const { stage, headers, body } = seen
    if (stage === 'elsewhere') this.violations.push(`asked for ${seen.method} ${seen.url}`)
    if (headers.referer !== undefined) this.violations.push('A13: a Referer was sent')
    if (headers.cookie !== undefined) this.violations.push('a cookie was sent')
    if (`http://${headers.host ?? ''}` !== this.origin && this.origin.startsWith('http:'))
      this.violations.push(`asked under the name ${headers.host ?? ''}`)
    const all = `${seen.url} ${JSON.stringify(headers)} ${body}`
    if (!stage.startsWith('directory') && all.includes(this.apiKey))
      this.violations.push(`A12: the API key was sent to ${stage}`)
    if (stage === 'token') this.#recordAssertion(seen)
    else if (all.includes('client_assertion'))
      this.violations.push(`an assertion was sent to ${stage}`)
    if (stage.startsWith('directory') && /Bearer/i.test(headers.authorization ?? ''))
      this.violations.push('a token was sent to the directory')
  }

  #recordAssertion({ headers, body, url }: Seen): void {
    if (headers.authorization !== undefined)
      this.violations.push('K8: Authorization on a token request')
    const { client_assertion: assertion } = parse(body)
    if (typeof assertion !== 'string') {
      this.violations.push('a token request without an assertion')
      return
    }
    this.assertions.push(assertion)
    const claims = JSON.parse(
      Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString(),
    ) as Record<string, unknown>
    if (claims.aud !== this.origin + url) this.violations.push('A11: aud is not the URL asked')
    if (Number(claims.exp) - Number(claims.iat) > 300) this.violations.push('K7: lives too long')
    if (JTIS.has(String(claims.jti))) this.violations.push('K6: a jti was used twice')
    JTIS.add(String(claims.jti))
  }
}

const JTIS = new Set<string>()

const FHIR_STAGES: readonly (readonly [RegExp, StageId])[] = [
  [/^metadata$/, 'capability'],
  [/^\.well-known\/smart-configuration$/, 'smart'],
  [/^Patient\/\$match$/, 'match'],
  [/^Patient\/[\w-]+\/\$everything$/, 'everything'],
  [/^Patient\/[\w-]+\/_history$/, 'history'],
  [/^Patient\/[\w-]+\/_history\/[\w-]+$/, 'vread'],
  [/^Patient\/[\w-]+$/, 'read'],
  [/^Binary\/[\w-]+$/, 'binary'],
]
