/** `udap discover`. */
import type { Context } from '../context.ts'
import { overUdap } from '../udap-base.ts'

/** Shows what was verified. */
export function run(context: Context): Promise<number | undefined> {
  const { out } = context
  return overUdap(
    context,
    () => Promise.resolve(undefined),
    (_result, metadata) => {
      if (out.isJson) {
        out.json(metadata)
        return undefined
      }
      const { baseUrl, community, chain, warnings } = metadata
      out.title(baseUrl)
      out.facts([
        ['community', community],
        ['chain', chain.explanation],
        ['token endpoint', metadata.tokenEndpoint],
        ['registration', metadata.registrationEndpoint],
        ['profiles', metadata.profilesSupported?.join(', ')],
        ['extensions', metadata.extensionsSupported?.join(', ')],
        ['certifications', metadata.certificationsRequired?.join(', ')],
        ['scopes', metadata.scopesSupported?.slice(0, 12).join(' ')],
      ])
      out.gap()
      out.title('How it was verified')
      out.list(metadata.trail)
      for (const { text } of warnings) out.text(`warning: ${text}`, 'bad')
      out.next([[`carequality-fhir udap register ${baseUrl}`, 'register there']])
      return undefined
    },
  )
}
