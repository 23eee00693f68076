/** `directory search`. */
import type { DirectorySearchParameters } from '../../directory/index.ts'
import { countOf, textOf, type Context } from '../context.ts'
import { entryColumns, entryJson, entryRow } from '../entry-text.ts'
import { overNetwork } from '../session.ts'

/** Lists what fits. */
export function run(context: Context): Promise<number | undefined> {
  const { out } = context
  const limit = countOf(context, 'limit', 20)
  const parameters = parametersOf(context)
  return overNetwork(
    context,
    async (network) => {
      const directory = await network.directory()
      return directory.search({ ...parameters, count: limit })
    },
    ({ entries, total, next, warnings }) => {
      const shown = entries.slice(0, limit)
      if (out.isJson) {
        out.json({ total, complete: next === undefined, entries: shown.map(entryJson), warnings })
        return undefined
      }
      if (shown.length === 0) out.text('nothing fits')
      else out.table(entryColumns, shown.map(entryRow))
      const isCut = next !== undefined || entries.length > limit
      if (isCut) out.note(`${shown.length} of ${total ?? 'more'}; --limit shows more`)
      for (const warning of warnings) out.note(`warning: ${warning}`)
      const [first] = shown
      if (first !== undefined) {
        const id = first.oid ?? first.id
        out.next([[`carequality-fhir directory get ${id}`, 'see an entry in full']])
      }
      return undefined
    },
  )
}

function parametersOf(context: Context): DirectorySearchParameters {
  const [city, state] = [textOf(context, 'city'), textOf(context, 'state')]
  const postalCode = textOf(context, 'postal-code')
  const address = { city, state, postalCode }
  const parameters = {
    name: textOf(context, 'name'),
    identifier: textOf(context, 'identifier'),
    partOf: textOf(context, 'part-of'),
    address: Object.values(address).some((part) => part !== undefined) ? address : undefined,
  }
  if (Object.values(parameters).every((value) => value === undefined)) {
    throw new TypeError('give a criterion, for example --name; "directory list" lists all')
  }
  return parameters
}
