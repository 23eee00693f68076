/** `udap cancel`. */
import { isGiven, type Context } from '../context.ts'
import { overUdap } from '../udap-base.ts'

/** Ends the registration. */
export function run(context: Context): Promise<number | undefined> {
  const { out } = context
  return overUdap(
    context,
    async (udap, metadata) => {
      // The sandbox of this command is a new one, which knows no registration yet.
      if (isGiven(context, 'sandbox')) await udap.register(metadata)
      await udap.cancel(metadata)
    },
    (_result, { baseUrl }) => {
      if (out.isJson) out.json({ baseUrl, cancelled: true })
      else out.text(`The registration at ${baseUrl} has ended.`)
      return undefined
    },
  )
}
