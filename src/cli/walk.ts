/** The recorded requests as steps that another program can make: secrets and patients' values are variables. */
import { parseUrl } from '../http/policies/parse-url.ts'
import { isTokenRequest, type Recorded } from './recorder.ts'
import { TokenNames, type TokenVariables } from './walk-tokens.ts'

/** What a step is for. */
export type StepKind = 'directory' | 'metadata' | 'token' | 'registration' | 'fhir' | 'other'

/** A piece of a request: text as it is, or a variable in its place. */
export type Piece = string | { readonly variable: string }

/** One request, with variables. */
export interface WalkStep {
  readonly kind: StepKind
  readonly title: string
  readonly method: string
  readonly url: readonly Piece[]
  readonly headers: readonly (readonly [name: string, value: readonly Piece[]])[]
  /** Fields of a form. */
  readonly form?: readonly (readonly [name: string, value: Piece])[] | undefined
  /** A body of another kind, which is always a variable. */
  readonly body?: Piece | undefined
  /** Of a token request: the variables of its assertion and of the token that it returns. */
  readonly token?: TokenVariables | undefined
}

const NEXT_PAGE = 'NEXT_PAGE'
const FHIR_VALUES = /\/(Patient|_search|\$match|\$everything)(\/|\?|$)/
const KEPT_HEADERS: ReadonlySet<string> = new Set(['accept', 'content-type', 'authorization'])
/** Form fields and query parameters that name no patient. */
const PLAIN: ReadonlySet<string> = new Set([
  ...['_format', '_count', '_sort', '_start', '_summary', '_elements', '_total', 'community'],
  ...['grant_type', 'client_assertion_type', 'scope', 'udap'],
])

/**
 * The steps of a command; a request that was sent again is one step. Next pages are left out: their
 * links are the server's own, and hold what was searched for.
 */
export function walkOf(requests: readonly Recorded[]): readonly WalkStep[] {
  const seen = new Set<string>()
  const names = new TokenNames(requests)
  return requests.flatMap((request) => {
    const step = stepOf(request, names)
    if (variablesOf([step]).includes(NEXT_PAGE)) return []
    const key = JSON.stringify([step.method, step.url, step.form])
    if (seen.has(key)) return []
    seen.add(key)
    return [step]
  })
}

function stepOf(request: Recorded, names: TokenNames): WalkStep {
  const { method, url, headers, body } = request
  const kind = kindOf(request)
  const token = kind === 'token' ? names.ofRequest(request) : undefined
  const type = headers['content-type'] ?? ''
  const isForm = body !== undefined && type.startsWith('application/x-www-form-urlencoded')
  const form = isForm
    ? [...new URLSearchParams(body)].map(
        ([name, value]) => [name, formValue(name, value, token)] as const,
      )
    : undefined
  return {
    kind,
    title: titleOf(kind, url),
    method,
    url: urlPieces(kind, url),
    headers: Object.entries(headers)
      .filter(([name]) => KEPT_HEADERS.has(name.toLowerCase()))
      .filter(([name]) => !(isForm && name.toLowerCase() === 'content-type'))
      .map(([name, value]) => [name.toLowerCase(), headerValue(name, value, names)] as const),
    ...(form === undefined ? {} : { form }),
    ...(token === undefined ? {} : { token }),
    ...(body !== undefined && !isForm ? { body: { variable: bodyVariable(kind) } } : {}),
  }
}

function kindOf(request: Recorded): StepKind {
  const { url, body = '', headers } = request
  const pathname = parseUrl(url)?.pathname ?? ''
  if (/\/Organization(\/|$)|\/Endpoint(\/|$)/.test(pathname)) return 'directory'
  if (/\/metadata$|\/\.well-known\//.test(pathname)) return 'metadata'
  if (isTokenRequest(request)) return 'token'
  if (body.includes('software_statement')) return 'registration'
  const isFhir = (headers.accept ?? '').includes('fhir') || FHIR_VALUES.test(pathname)
  return isFhir ? 'fhir' : 'other'
}

const TITLES: Readonly<Record<StepKind, string>> = {
  directory: 'The directory',
  metadata: 'What the server publishes',
  token: 'The access token',
  registration: 'The registration (UDAP)',
  fhir: 'The FHIR server',
  other: 'What certificates point to',
}

function titleOf(kind: StepKind, url: string): string {
  const pathname = parseUrl(url)?.pathname ?? ''
  if (kind === 'directory') {
    return /\/Organization\/./.test(pathname) ? 'The directory entry' : 'Entries of the directory'
  }
  if (kind === 'metadata') return `${TITLES.metadata}: ${pathname.split('/').at(-1) ?? ''}`
  if (kind !== 'fhir') return TITLES[kind]
  if (pathname.endsWith('/_search')) return 'The search'
  return pathname.endsWith('/$match')
    ? 'The match'
    : pathname.includes('/Patient/')
      ? 'The read'
      : 'The search'
}

/** As it was sent, byte for byte, with what must not be seen as variables: the token endpoint's is the `aud`, too. */
function urlPieces(kind: StepKind, url: string): readonly Piece[] {
  const [path = '', ...rest] = url.split('?')
  const pieces: Piece[] = kind === 'fhir' ? [...withoutId(path)] : [path]
  const query = rest.join('?')
  for (const [index, pair] of (query === '' ? [] : query.split('&')).entries()) {
    const [name = '', value = ''] = pair.split('=')
    pieces.push(`${index === 0 ? '?' : '&'}${name}=`, queryValue(kind, decoded(name), value))
  }
  return pieces
}

/** A server's own links may hold anything. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The id of a patient is a patient's value; operations are none. */
function withoutId(path: string): readonly Piece[] {
  const marker = '/Patient/'
  const start = path.lastIndexOf(marker)
  if (start < 0) return [path]
  const [id = '', ...after] = path.slice(start + marker.length).split('/')
  if (/^[$_]/.test(id)) return [path]
  const rest = after.length === 0 ? '' : `/${after.join('/')}`
  return [path.slice(0, start + marker.length), { variable: 'PATIENT_ID' }, rest]
}

function queryValue(kind: StepKind, name: string, value: string): Piece {
  if (/^_?api-?key$/i.test(name)) return { variable: 'CAREQUALITY_API_KEY' }
  if (kind === 'fhir' && !PLAIN.has(name)) return { variable: variableOf(name) }
  return value
}

function formValue(name: string, value: string, token: TokenVariables | undefined): Piece {
  if (name === 'client_assertion' && token !== undefined) return { variable: token.assertion }
  return PLAIN.has(name) ? value : { variable: variableOf(name) }
}

function headerValue(name: string, value: string, names: TokenNames): readonly Piece[] {
  if (name.toLowerCase() !== 'authorization') return [value]
  const scheme = /^(Bearer|api-key) /i.exec(value)?.[1] ?? ''
  const isBearer = scheme.toLowerCase() === 'bearer'
  const variable = isBearer ? names.ofToken(value.slice(scheme.length + 1)) : 'CAREQUALITY_API_KEY'
  return [`${scheme} `, { variable }]
}

function bodyVariable(kind: StepKind): string {
  return kind === 'registration' ? 'SOFTWARE_STATEMENT_JSON' : 'PARAMETERS_JSON'
}

/** `address-city` becomes `ADDRESS_CITY`; a parameter that a server made up is left out as a next page. */
function variableOf(name: string): string {
  const bare = name.split(':', 1)[0] ?? ''
  return /^[a-z][a-z-]{0,40}$|^_id$/.test(bare)
    ? `PATIENT_${bare.replace(/^_/, '').replaceAll('-', '_').toUpperCase()}`
    : NEXT_PAGE
}

/** The variables of some steps, each once, in order. */
export function variablesOf(steps: readonly WalkStep[]): readonly string[] {
  const pieces = steps.flatMap(({ url, headers, form = [], body }) => [
    ...url,
    ...headers.flatMap(([, value]) => value),
    ...form.map(([, value]) => value),
    ...(body === undefined ? [] : [body]),
  ])
  return [
    ...new Set(pieces.flatMap((piece) => (typeof piece === 'string' ? [] : [piece.variable]))),
  ]
}
