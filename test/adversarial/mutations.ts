/** Seeded changes of good answers: bytes, structure, headers, and how the body comes. */
import type { TransportResponse } from '../../src/index.ts'
import type { Raw } from './small-network.ts'

/** Numbers from 0 to below 1, the same ones for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

type Random = () => number

const ODD: readonly string[] = [
  ...['null', 'true', '0', '-1', '1e308', '1e400', '""', '" "', '"\\u0000"', '[]', '{}', '[[[]]]'],
  ...[
    '"javascript:alert(1)"',
    '"https://evil.example/token"',
    '"//evil.example"',
    '"http://[::1]/"',
  ],
  ...['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}'],
  ...[
    '"Patient"',
    '"OperationOutcome"',
    '"Bundle"',
    '"next"',
    '"p2"',
    '"Bearer\\r\\nx: y"',
    '9007199254740993',
  ],
  `"${'a'.repeat(3_000)}"`,
]
const PIECES: readonly string[] = [
  ...[
    '',
    '"',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '\\',
    '\u0000',
    '\ufeff',
    '\n',
    'null',
    '<html>',
    '<!DOCTYPE x>',
  ],
  ...[
    '\\ud800',
    '"__proto__":',
    '"id":"p2",',
    '"resourceType":"Bundle",',
    '1e999',
    '"access_token":"x",',
  ],
]
const STATUSES: readonly number[] = [
  ...[0, 99, 100, 201, 204, 206, 301, 302, 304, 307, 400, 401, 403, 404, 405, 406, 409, 410, 412],
  ...[415, 421, 422, 429, 451, 500, 501, 502, 503, 504, 599, 999, -1],
]
const HEADERS: readonly (readonly [string, string])[] = [
  ...(
    [
      '',
      'text/html',
      'application/xml',
      'application/json',
      'application/fhir+json',
      'x',
      ';;;',
      'image/png',
    ] as const
  ).map((type) => ['content-type', type] as const),
  ...(['0', '1', '99999999', '-1', 'x', '9'.repeat(400)] as const).map(
    (length) => ['content-length', length] as const,
  ),
  ...(['gzip', 'br', 'gzip, gzip', 'x', 'identity'] as const).map(
    (one) => ['content-encoding', one] as const,
  ),
  ...(['0', '9999', 'x', '9'.repeat(20), 'Thu, 01 Jan 2099 00:00:00 GMT'] as const).map(
    (one) => ['retry-after', one] as const,
  ),
  ...(['https://evil.example/', '/elsewhere', '', 'http://'] as const).map(
    (one) => ['location', one] as const,
  ),
  ...(['Bearer error="insufficient_scope"', 'x'.repeat(5_000)] as const).map(
    (one) => ['www-authenticate', one] as const,
  ),
  ...(['Mon, 01 Jun 2026 12:00:00 GMT', 'x', 'Thu, 01 Jan 1970 00:00:00 GMT'] as const).map(
    (one) => ['date', one] as const,
  ),
  ...(['no-store', 'max-age=99999999999', 'max-age=x'] as const).map(
    (one) => ['cache-control', one] as const,
  ),
  ['etag', 'W/"x"'],
  ['x-request-id', 'r-1'],
]

function pick<T>(random: Random, from: readonly T[]): T {
  const [one] = from.slice(Math.floor(random() * from.length))
  if (one === undefined) throw new Error('nothing to pick from')
  return one
}

/** One to three changes of a good answer. */
export function mutated(good: Raw, random: Random): Raw {
  let raw = good
  const count = 1 + Math.floor(random() * 3)
  for (let change = 0; change < count; change += 1) {
    const kind = random()
    if (kind < 0.45) raw = { ...raw, body: otherNode(raw.body, random) }
    else if (kind < 0.8) raw = { ...raw, body: otherBytes(raw.body, random) }
    else if (kind < 0.87) raw = { ...raw, status: pick(random, STATUSES) }
    else {
      const [name, value] = pick(random, HEADERS)
      raw = { ...raw, headers: { ...raw.headers, [name]: value } }
    }
  }
  return raw
}

/** One place of the document deleted, replaced, wrapped, doubled or put under another name. */
function otherNode(body: Uint8Array, random: Random): Uint8Array {
  let root: { root: unknown }
  try {
    root = { root: JSON.parse(new TextDecoder().decode(body)) as unknown }
  } catch {
    return otherBytes(body, random)
  }
  const holders: [Record<string, unknown>, string][] = []
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [name, inner] of Object.entries(node)) {
      holders.push([node as Record<string, unknown>, name])
      visit(inner)
    }
  }
  visit(root)
  const [holder, name] = pick(random, holders)
  const by = JSON.parse(pick(random, ODD)) as unknown
  const value = holder[name]
  const kind = Math.floor(random() * 6)
  if (kind === 0) Reflect.deleteProperty(holder, name)
  else if (kind === 1) holder[name] = Array.isArray(value) ? { value } : [value, by]
  else if (kind === 2)
    holder[name] = Array.isArray(value) ? [...(value as unknown[]), ...(value as unknown[])] : by
  else if (kind === 3) {
    Reflect.deleteProperty(holder, name)
    Object.defineProperty(holder, '__proto__', {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  } else holder[name] = by
  return new TextEncoder().encode(JSON.stringify(root.root ?? null))
}

function otherBytes(body: Uint8Array, random: Random): Uint8Array {
  const at = Math.floor(random() * body.length)
  const kind = Math.floor(random() * 5)
  if (kind === 0) return body.subarray(0, at)
  if (kind === 1) {
    const flipped = new Uint8Array(body)
    flipped[at] = (flipped[at] ?? 0) ^ (1 << Math.floor(random() * 8))
    return flipped
  }
  const cut = kind === 2 ? Math.floor(random() * 40) : 0
  const piece =
    kind === 3 ? body.subarray(at, at + 60) : new TextEncoder().encode(pick(random, PIECES))
  return Buffer.concat([body.subarray(0, at), piece, body.subarray(at + cut)])
}

/** An answer whose body comes in pieces of any size, and sometimes breaks off. */
export function delivered(
  { status, type, body, headers }: Raw,
  random: Random,
): { response: TransportResponse; broken: boolean } {
  const broken = random() < 0.03
  const size = 1 + Math.floor(random() * Math.max(1, body.length))
  let at = 0
  const next = (): Promise<IteratorResult<Uint8Array, undefined>> => {
    if (broken && at > 0) return Promise.reject(new Error('Zebulon'))
    const piece = body.subarray(at, (at += size))
    return Promise.resolve(
      piece.length === 0 ? { done: true, value: undefined } : { done: false, value: piece },
    )
  }
  const iterable = { [Symbol.asyncIterator]: () => ({ next }) }
  return {
    response: {
      status,
      headers: new Headers({ 'content-type': type, ...headers }),
      body: iterable,
    },
    broken: broken && body.length > 0,
  }
}
