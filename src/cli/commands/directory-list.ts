/** `directory list`. */
import { countOf, isGiven, type Context } from '../context.ts'
import { entryColumns, entryJson, entryRow } from '../entry-text.ts'
import { overNetwork } from '../session.ts'

/** Rows that are shown together: a table's columns are as wide as its rows. */
const ROWS = 100

/** Prints entries as they come. */
export function run(context: Context): Promise<number | undefined> {
  const { out, io } = context
  const limit = countOf(context, 'limit', Infinity)
  return overNetwork(
    context,
    async (network) => {
      const directory = await network.directory()
      const listing = directory.entries({}, { signal: io.signal })
      let rows: (readonly string[])[] = []
      const flush = (): void => {
        if (rows.length > 0 && !isGiven(context, 'curl')) out.table(entryColumns, rows)
        rows = []
      }
      let count = 0
      for await (const entry of listing) {
        count += 1
        if (out.isJson && !isGiven(context, 'curl')) out.jsonLine(entryJson(entry))
        else rows.push(entryRow(entry))
        if (rows.length >= ROWS) flush()
        if (count >= limit) break
      }
      flush()
      return { account: listing.account, isCut: count >= limit }
    },
    ({ account, isCut }) => {
      const { seen, pages, complete, why } = account
      out.note(
        `${counted(seen, 'entry', 'entries')} on ${counted(pages, 'page', 'pages')}, ${isCut ? 'cut by --limit' : complete ? 'complete' : why.join('; ')}`,
      )
      return undefined
    },
  )
}

function counted(count: number, one: string, more: string): string {
  return `${count} ${count === 1 ? one : more}`
}
