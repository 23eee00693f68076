/** A walk as shell commands. */
import { variablesOf, type Piece, type WalkStep } from './walk.ts'

/** Who makes the assertions of a script. */
export interface ScriptSigner {
  /** Options of `carequality-fhir assertion`, so that it signs as the recorded command did. */
  readonly options: readonly string[]
  /** In mode `udap` an assertion is made for a registration, and no command prints one. */
  readonly isUdap: boolean
}

/** A script for `sh`: comments, variables that are still to be set, and one curl for each step. */
export function curlScript(steps: readonly WalkStep[], signer: ScriptSigner): string {
  const filled = new Set(
    steps.flatMap(({ token }) => {
      if (token === undefined) return []
      return signer.isUdap ? [token.assertion] : [token.assertion, token.token]
    }),
  )
  const needed = variablesOf(steps)
    .filter((name) => !filled.has(name))
    .map((name) => `: "\${${name}:?set ${name}}"`)
  const head = needed.length === 0 ? [] : [`# To be set before\n${needed.join('\n')}`]
  const parts = ['set -e', ...head, ...steps.map((step) => stepText(step, signer))]
  return `${parts.join('\n\n')}\n`
}

function stepText(step: WalkStep, { options, isUdap }: ScriptSigner): string {
  const { title, url, token } = step
  if (token === undefined) return `# ${title}\n${curlOf(step)}`
  const again = options.map((one) => ` ${quoted([one])}`).join('')
  if (isUdap) {
    const command = `carequality-fhir token --raw${again}`
    return `# ${title}: no curl command, since in mode udap the assertion is made for a registration\n# ${token.token} is what this prints: ${command}`
  }
  return [
    `# ${title}`,
    // The audience is the endpoint as it was published, byte for byte.
    `${token.assertion}=$(carequality-fhir assertion --raw --audience ${quoted(url)}${again})`,
    `${token.token}=$(${curlOf(step)} | sed -n 's/.*"access_token" *: *"\\([^"]*\\)".*/\\1/p')`,
    `: "\${${token.token}:?the response holds no access token}"`,
  ].join('\n')
}

function curlOf({ kind, method, url: whole, headers, form, body }: WalkStep): string {
  const { url, query } = kind === 'fhir' ? queryApart(whole) : { url: whole, query: [] }
  const isPlain = method === 'GET' || form !== undefined
  const flags = query.length > 0 ? ' -G' : isPlain ? '' : ` -X ${method}`
  const parts = [
    `curl -sS${flags} ${quoted(url)}`,
    ...headers.map(([name, value]) => `-H ${quoted([`${headerName(name)}: `, ...value])}`),
    ...(form ?? []).map(([name, value]) => `--data-urlencode ${quoted([`${name}=`, value])}`),
    ...query.map(([name, value]) =>
      // What was sent is encoded already; what the user sets is not.
      typeof value === 'string'
        ? `--data ${quoted([name + value])}`
        : `--data-urlencode ${quoted([name, value])}`,
    ),
    ...(body === undefined ? [] : [`--data ${quoted([body])}`]),
  ]
  return parts.join(' \\\n  ')
}

/** The pieces of a query as `name=` and value, where a variable is among them; else the URL stays whole. */
function queryApart(whole: readonly Piece[]): {
  readonly url: readonly Piece[]
  readonly query: readonly (readonly [name: string, value: Piece])[]
} {
  const start = whole.findIndex((piece) => typeof piece === 'string' && piece.startsWith('?'))
  const parts = start < 0 ? [] : whole.slice(start)
  if (parts.every((piece) => typeof piece === 'string')) return { url: whole, query: [] }
  const query = parts.flatMap((piece, index) => {
    const value = parts[index + 1]
    if (index % 2 === 1 || typeof piece !== 'string' || value === undefined) return []
    return [[piece.slice(1), value] as const]
  })
  return { url: whole.slice(0, start), query }
}

/** Characters that mean nothing to a shell in double quotes, history expansion included. */
const HARMLESS = /^[\w.~:/?#[\]@&()*+,;=% |-]*$/

/**
 * In double quotes, in which a shell looks for variables. Servers choose a part of these texts: one
 * that a shell might run is in single quotes.
 */
function quoted(pieces: readonly Piece[]): string {
  const isHarmless = pieces.every((piece) => typeof piece !== 'string' || HARMLESS.test(piece))
  if (isHarmless) {
    const text = pieces.map((piece) => (typeof piece === 'string' ? piece : `$${piece.variable}`))
    return `"${text.join('')}"`
  }
  return pieces
    .map((piece) =>
      typeof piece === 'string' ? `'${piece.replaceAll("'", "'\\''")}'` : `"$${piece.variable}"`,
    )
    .join('')
}

function headerName(name: string): string {
  return name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())
}
