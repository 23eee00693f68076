/** Compiled with the source (`npm run typecheck`), never run: events are typed by their names. */
import type { Emit } from '../../src/lib/emitter.ts'
import type { ClientEvent } from '../../src/types.ts'

export function observe(event: ClientEvent): number | undefined {
  const at: number = event.at
  // @ts-expect-error which members there are follows from the name
  event.lifeMs
  switch (event.type) {
    case 'token.issued':
      // @ts-expect-error a member of another event
      event.attempt
      return event.lifeMs
    case 'http.retry':
      return event.waitMs
    // @ts-expect-error no such event
    case 'token.isued':
      return at
    default:
      return undefined
  }
}

export function report(emit: Emit): void {
  emit({ type: 'client.blocked', party: 'https://fhir.example.org' })
  // @ts-expect-error an event that src/events.ts does not list
  emit({ type: 'client.block', party: 'https://fhir.example.org' })
  // @ts-expect-error a member that the event does not have
  emit({ type: 'client.blocked', party: 'https://fhir.example.org', key: 'k' })
  // @ts-expect-error a member that the event needs
  emit({ type: 'client.blocked' })
}
