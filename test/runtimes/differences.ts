/** Where a runtime's own network decides otherwise, and why that is not the library's to change. */
import type { RunReport } from './plan.ts'

interface Difference {
  readonly runtimes: readonly string[]
  /** Of the finding, which begins with the title of its case. */
  readonly finding: RegExp
  /** For docs/runtimes.md. */
  readonly why: string
}

const WEB = ['bun', 'deno', 'workerd', 'chromium']
const BROKEN =
  '(?:reset before the answer|closed before the answer|broken in the headers|TLS bytes|a kept connection that was closed)'

export const DIFFERENCES: readonly Difference[] = [
  {
    runtimes: ['bun', 'deno', 'workerd'],
    // Never a POST: an assertion that is sent twice stays a problem.
    finding: new RegExp(`^\\w+ (?!token|search|match)[\\w-]+: ${BROKEN}[^:]*: \\d+ requests where`),
    why: 'It repeats a GET by itself when a connection breaks before the response.',
  },
  {
    runtimes: ['chromium'],
    finding: new RegExp(
      `^\\w+ [\\w-]+: (?:${BROKEN}|408)[^:]*: (?:\\d+ requests where|\\d+ token requests|K6)`,
    ),
    why: 'It repeats a request by itself, a POST too, when a kept-alive connection breaks or the response is 408: one assertion may be sent twice, and a strict server rejects the second.',
  },
  {
    runtimes: ['chromium'],
    finding:
      /: broken in the headers[^:]*: (?:ERR_CQ_\w+ in place of|what is recoverable failed|bad input was accepted: $|wrong data was given: $)/,
    why: 'It takes a response whose headers break off for an empty one with status 200: an attachment may come out empty. Compare it with `attachment.size`.',
  },
  {
    runtimes: ['chromium'],
    finding:
      /: (?:a header line that is none|a switch of protocols): ERR_CQ_UNEXPECTED_CONTENT in place of|: a length that is none: bad input was accepted/,
    why: 'It accepts malformed header lines and lengths that Node rejects.',
  },
  {
    runtimes: WEB,
    finding: /: (?:a header of 100 kB|10,000 headers): ERR_CQ_UNEXPECTED_CONTENT in place of/,
    why: 'Its limit for response headers is higher than Node’s.',
  },
  {
    runtimes: ['chromium'],
    finding: /: 30[12378] /,
    why: 'Redirects are opaque in browsers, so none is followed: `ERR_CQ_REDIRECT_REFUSED`.',
  },
  {
    runtimes: ['chromium'],
    finding: /: 307 further and further/,
    why: 'Redirects are opaque in browsers, so none is followed: `ERR_CQ_REDIRECT_REFUSED`.',
  },
  {
    runtimes: ['workerd'],
    finding: /: 302 to an empty address: 1 requests where/,
    why: 'It reports a redirect to an empty address as one without an address.',
  },
  {
    runtimes: ['deno', 'workerd'],
    finding:
      /: encoding: (?:x-gzip|deflate|GZIP in capitals): what is recoverable failed with ERR_CQ_UNEXPECTED_CONTENT/,
    why: 'It does not undo `deflate` or unusual names of gzip, which nobody asked for: `ERR_CQ_UNEXPECTED_CONTENT`.',
  },
  {
    runtimes: ['workerd'],
    finding: /^concurrent calls use one token: /,
    why: 'Concurrent first calls each request a token: nothing in flight is shared between requests of a worker. Tokens are cached as elsewhere.',
  },
]

/** Problems, and the differences that explain what else was found. */
export function explain(
  id: string,
  { checks, faults }: RunReport,
): { readonly problems: readonly string[]; readonly differences: readonly string[] } {
  const found = [
    ...checks.flatMap(({ name, problem }) => (problem === undefined ? [] : `${name}: ${problem}`)),
    ...faults.findings,
  ]
  const explained = new Set<string>()
  const problems = found.filter((finding) => {
    const known = DIFFERENCES.find((one) => one.runtimes.includes(id) && one.finding.test(finding))
    if (known !== undefined) explained.add(known.why)
    return known === undefined
  })
  // In the order of the list, so that a page written twice is the same.
  const differences = [...new Set(DIFFERENCES.map(({ why }) => why))]
  return { problems, differences: differences.filter((why) => explained.has(why)) }
}
