/** A walk as shell commands. */
import { variablesOf, type Piece, type WalkStep } from './walk.ts'

/** A script for `sh`: comments, variables that are still to be set, and one curl for each step. */
export function curlScript(steps: readonly WalkStep[]): string {
  const filled = new Set(
    steps.flatMap(({ token }) => (token === undefined ? [] : [token.assertion, token.token])),
  )
  const needed = variablesOf(steps)
    .filter((name) => !filled.has(name))
    .map((name) => `: "\${${name}:?set ${name}}"`)
  const head = needed.length === 0 ? [] : [`# To be set before\n${needed.join('\n')}`]
  return `${[...head, ...steps.map(curlOf)].join('\n\n')}\n`
}

function curlOf(step: WalkStep): string {
  const { title, method, url, headers, form, body, token } = step
  const parts = [
    `curl -sS${method === 'GET' || form !== undefined ? '' : ` -X ${method}`} ${quoted(url)}`,
    ...headers.map(([name, value]) => `-H ${quoted([`${headerName(name)}: `, ...value])}`),
    ...(form ?? []).map(([name, value]) => `--data-urlencode ${quoted([`${name}=`, value])}`),
    ...(body === undefined ? [] : [`--data ${quoted([body])}`]),
  ]
  const command = parts.join(' \\\n  ')
  if (token === undefined) return `# ${title}\n${command}`
  return [
    `# ${title}`,
    // The audience is the endpoint as it was published, byte for byte.
    `${token.assertion}=$(carequality-fhir assertion --raw --audience ${quoted(url)})`,
    `${token.token}=$(${command} | sed -n 's/.*"access_token" *: *"\\([^"]*\\)".*/\\1/p')`,
  ].join('\n')
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
