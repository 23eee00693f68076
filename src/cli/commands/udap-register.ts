/** `udap register`. */
import type { Context } from '../context.ts'
import { overUdap } from '../udap-base.ts'

/** Registers, or shows the registration that is kept. */
export function run(context: Context): Promise<number | undefined> {
  const { out, settings } = context
  return overUdap(
    context,
    (udap, metadata) => udap.register(metadata),
    ({ clientId, scope, at }, { baseUrl }) => {
      if (out.isJson) {
        out.json({ baseUrl, clientId, scope, at })
        return undefined
      }
      out.title('Registered')
      out.facts([
        ['server', baseUrl],
        ['client id', clientId],
        ['scope', scope],
        ['since', new Date(at).toISOString()],
        [
          'kept in',
          settings.text('registrationsFile') ?? 'no file: set registrationsFile to keep it',
        ],
      ])
      out.next([
        [`carequality-fhir token --base-url ${baseUrl}`, 'ask for a token'],
        [`carequality-fhir udap cancel ${baseUrl}`, 'end the registration'],
      ])
      return undefined
    },
  )
}
