/** All faults, and the few that stand for them. */
import { casesOf, type Case, type FaultRow } from './cases.ts'
import { CONTENT_ROWS } from './faults/content.ts'
import { ECHO_ROWS } from './faults/echoes.ts'
import { PAGE_ROWS } from './faults/pages.ts'
import { REDIRECT_ROWS } from './faults/redirects.ts'
import { SIZE_ROWS } from './faults/sizes.ts'
import { STATUS_ROWS } from './faults/statuses.ts'
import { TOKEN_ROWS } from './faults/tokens.ts'
import { URL_ROWS } from './faults/urls.ts'
import { WIRE_ROWS } from './faults/wire.ts'
import { XML_ROWS } from './faults/xml.ts'

export const ROWS: readonly FaultRow[] = [
  ...[...WIRE_ROWS, ...REDIRECT_ROWS, ...STATUS_ROWS, ...SIZE_ROWS],
  ...[...CONTENT_ROWS, ...XML_ROWS, ...ECHO_ROWS, ...TOKEN_ROWS, ...URL_ROWS, ...PAGE_ROWS],
]

/** Every fault at every stage. */
export const CASES: readonly Case[] = casesOf(ROWS)

/** Those that wait most of the time, and the others. */
export const SLOW_CASES: readonly Case[] = CASES.filter(isSlow)
export const QUICK_CASES: readonly Case[] = CASES.filter((one) => !isSlow(one))

function isSlow({ row }: Case): boolean {
  return row.group.startsWith('slow') || row.group === 'retry-after near'
}

/** Every kind of fault at every stage, by its first fault there, and every fault at one stage. */
export const LIGHT_CASES: readonly Case[] = lightCases()

function lightCases(): readonly Case[] {
  const met = new Set<string>()
  const isNew = (key: string): boolean => met.size < met.add(key).size
  return CASES.filter(({ row, stage }) => {
    const kind = isNew(`${row.group} at ${stage}`)
    return isNew(`${row.group} ${row.name}`) || kind
  })
}
