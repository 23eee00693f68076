/** A walk as shell commands. */
import type { Piece, WalkStep } from './walk.ts'

/** A script for `sh`: comments, variables that are still to be set, and one curl for each step. */
export function curlScript(steps: readonly WalkStep[]): string {
  return `${steps.map(curlOf).join('\n\n')}\n`
}

function curlOf(step: WalkStep): string {
  const { title, method, url, headers, form, body } = step
  const parts = [
    `curl -sS${method === 'GET' || form !== undefined ? '' : ` -X ${method}`} ${quoted(url)}`,
    ...headers.map(([name, value]) => `-H ${quoted([`${headerName(name)}: `, ...value])}`),
    ...(form ?? []).map(([name, value]) => `--data-urlencode ${quoted([`${name}=`, value])}`),
    ...(body === undefined ? [] : [`--data ${quoted([body])}`]),
  ]
  const command = parts.join(' \\\n  ')
  return [`# ${title}`, ...prepared(step), step.kind === 'token' ? tokenOf(command) : command].join(
    '\n',
  )
}

/** Where a variable comes from that a shell can fill by itself. */
function prepared({ kind, url }: WalkStep): readonly string[] {
  if (kind !== 'token') return []
  const audience = url.map((piece) => (typeof piece === 'string' ? piece : '')).join('')
  return [`CLIENT_ASSERTION=$(carequality-fhir assertion --raw --audience '${audience}')`]
}

function tokenOf(command: string): string {
  return `ACCESS_TOKEN=$(${command} | sed -n 's/.*"access_token" *: *"\\([^"]*\\)".*/\\1/p')`
}

/** In double quotes, in which a shell looks for variables; everything else in them is escaped. */
function quoted(pieces: readonly Piece[]): string {
  const text = pieces
    .map((piece) =>
      typeof piece === 'string' ? piece.replace(/["\\$`]/g, '\\$&') : `$${piece.variable}`,
    )
    .join('')
  return `"${text}"`
}

function headerName(name: string): string {
  return name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())
}
