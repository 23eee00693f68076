/** What the two UDAP examples share: the sandbox with its UDAP servers, and what is sent to them. */
import type { FetchLike } from 'carequality-fhir'
import { createSandbox } from 'carequality-fhir/testing'

const now = (): number => Date.UTC(2026, 10, 29, 12)

/** A fixed clock and counted identifiers, so that every run prints the same. */
export async function udapSandbox() {
  const randomUUID = counted('00000000')
  const sandbox = await createSandbox({ udap: true, now, randomUUID })
  const posts: { readonly path: string; readonly body: string }[] = []
  const fetch: FetchLike = async (request) => {
    if (request.method === 'POST') {
      posts.push({ path: new URL(request.url).pathname, body: await request.clone().text() })
    }
    return sandbox.fetch(request)
  }
  return { ...sandbox, fetch, posts, now, randomUUID: counted('11111111') }
}

function counted(prefix: string): () => string {
  let count = 0
  return () => `${prefix}-0000-4000-8000-${String((count += 1)).padStart(12, '0')}`
}

/** Header and claims of a JWT, the certificates counted and not shown. */
export function jwtLines(jwt: string): string[] {
  const [header = '', claims = ''] = jwt.split('.')
  return [`header  ${decoded(header)}`, `claims  ${decoded(claims)}`]
}

function decoded(part: string): string {
  return JSON.stringify(
    JSON.parse(Buffer.from(part, 'base64url').toString()),
    (member, value: unknown) => {
      if (member === 'x5c' && Array.isArray(value))
        return `${value.length} certificates, leaf first`
      return member === 'id_token' ? '(not shown)' : value
    },
  )
}

export function step(what: string, details: readonly string[]): void {
  print(`\n${what}`)
  for (const line of details) print(`  ${line}`)
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
