import type { Decision } from '../discovery/decide.ts'
import { parseUrl } from '../http/policies/egress.ts'
import { describeStep, type Step } from '../lib/steps.ts'
import type { Connection } from './connection.ts'

/** How a responder was found, as data and as text. */
export interface Explanation {
  readonly steps: readonly { readonly what: string; readonly why?: string }[]
  /** One line a step. */
  toString(): string
}

/** What was read, found and chosen, and why. */
export function explanationOf(connection: Connection, decision: Decision): Explanation {
  const steps = [...connection.steps, ...decision.steps, ...trustStep(connection, decision)]
  return { steps, toString: () => steps.map(describeStep).join('\n') }
}

function trustStep(
  { trusts, baseUrl }: Connection,
  { capabilities: { tokenEndpoint } }: Decision,
): readonly Step[] {
  if (tokenEndpoint === undefined) return []
  const token = parseUrl(tokenEndpoint)?.origin ?? '(no web address)'
  const origins = `${token} for ${parseUrl(baseUrl)?.origin ?? ''}`
  return trusts(baseUrl, tokenEndpoint)
    ? [
        {
          what: `trusted ${origins}`,
          why: 'both belong together by host, family or "trustedOrigins"',
        },
      ]
    : [
        {
          what: `not trusted: ${origins}`,
          why: 'nothing shows that they belong together; see "trustedOrigins"',
        },
      ]
}
