/**
 * Scopes by their meaning: `read` is `rs`, `write` is `cud`, `*` is all ([SMART
 * 2.2](https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#scopes-for-requesting-fhir-resources)).
 */

const FORMS: readonly (readonly [v1: string, v2: string])[] = [
  ['read', 'rs'],
  ['write', 'cud'],
  ['*', 'cruds'],
]
const SYSTEM_SCOPE = /^system\/([A-Za-z]+|\*)\.(read|write|\*|c?r?u?d?s?)(\?.*)?$/

/** Whether two scope lists hold the same scopes. */
export function sameScopes(a: string, b: string): boolean {
  const sorted = (scope: string): string => scope.trim().split(/ +/).sort().join(' ')
  return sorted(a) === sorted(b)
}

/** The same scopes in the other version's syntax; undefined where there is none. */
export function convertScopeVersion(scope: string): string | undefined {
  const other = scope.split(' ').map((one) => {
    const parts = SYSTEM_SCOPE.exec(one)
    const [v1, v2] = FORMS.find((form) => form.includes(parts?.[2] ?? '')) ?? []
    if (parts === null || v1 === undefined || v2 === undefined) return one
    const [, type = '', permission = '', query = ''] = parts
    return `system/${type}.${permission === v1 ? v2 : v1}${query}`
  })
  return sameScopes(scope, other.join(' ')) ? undefined : other.join(' ')
}

/**
 * Whether scopes permit an interaction (`r` read, `s` search and the others of `cruds`) on a
 * resource type. A scope that is narrowed by a query counts as permission: only the server knows
 * what it excludes.
 */
export function covers(
  scope: string,
  type: string,
  interaction: 'c' | 'r' | 'u' | 'd' | 's',
): boolean {
  return scope.split(/[ ,]+/).some((one) => {
    const [, ofType, permission = ''] = SYSTEM_SCOPE.exec(one) ?? []
    if (ofType !== type && ofType !== '*') return false
    const letters = FORMS.find(([v1]) => v1 === permission)?.[1] ?? permission
    return letters.includes(interaction)
  })
}

/**
 * Scopes as messages may show them: a server may grant any words, a name or a secret among them.
 */
export function shownScopes(scope: string): string {
  const shown = scope
    .split(/[ ,]+/)
    .map((one) =>
      /^[a-z]{1,20}\/([A-Za-z]{1,40}|\*)\.([a-z]{1,10}|\*)$/.test(one) ? one : '(other)',
    )
  return [...new Set(shown)].slice(0, 20).join(' ')
}
