/** A server that publishes no token endpoint: an open one, unless it rejects a call without a token. */
import type { ServerCapabilities } from '../discovery/decide.ts'
import { failed, notReached, type Outcome, type Report } from './diagnosis.ts'

/** Records the steps from the token endpoint to the read, and returns whether the server is open. */
export function addOpenServer(
  { trail }: Pick<ServerCapabilities, 'trail'>,
  read: Outcome<true>,
  report: Report,
): boolean {
  const isRejected = 'finding' in read && read.finding === 'token-endpoint-missing'
  const isPublished = trail.some((line) => line.includes('an open server'))
  const isOpen = !isRejected && ('passed' in read || isPublished)
  const why = notReached(isOpen ? 'the server is open: it needs no token' : 'no token endpoint')
  report.add('token-endpoint', isOpen ? why : failed('token-endpoint-missing', ...trail))
  for (const id of ['assertion', 'token', 'scope'] as const) report.add(id, why)
  report.add('read', isRejected ? notReached('the server rejects a read without a token') : read)
  return isOpen
}
