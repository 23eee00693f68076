/** `registration-letter`. */
import { textOf, type Context } from '../context.ts'
import { overClient, responderOf } from '../session.ts'

/** Prints the letter. */
export function run(context: Context): Promise<number | undefined> {
  const { out, settings } = context
  return overClient(
    context,
    async (client, network) => {
      const responder = await responderOf(context, client, network)
      return responder.registrationSummary({
        description: textOf(context, 'description'),
        contact: textOf(context, 'contact'),
        jwksUrl: settings.text('jwksUrl'),
      })
    },
    (letter) => {
      if (out.isJson) out.json({ letter })
      else out.raw(letter)
      return undefined
    },
  )
}
