/** Bodies up to the caps that are on by default: whoever reads them must let others have their turn. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as library from '../../src/index.ts'
import { startAdversary, type Adversary } from './adversary.ts'
import { CALLS } from './calls.ts'
import { patient, searchset } from './documents.ts'
import { Turns } from './fields/turns.ts'
import { clientFor } from './run.ts'
import type { Reply, StageId } from './world.ts'

const LONGEST_MS = 250
const CAPS = { token: 64e3, metadata: 8e6, page: 16e6, binary: 256e6 }
/** What the known piece of work below took where these bounds were set: 18 to 27 ms of processor time. */
const KNOWN_MS = 27
/** The machine is busy with other things; what the code takes at its best is what counts. */
const TRIES = 4

let adversary: Adversary
beforeAll(async () => {
  adversary = await startAdversary()
})
afterAll(() => adversary.close())

/** A document of about so many bytes, around the good one. */
type Fill = (good: string, bytes: number) => string | Buffer

function member(good: string, filling: string): string {
  return good.replace(/^\{/, `{${filling},`)
}

const JSON_FILLS: readonly (readonly [string, Fill])[] = [
  ['one long text', (good, bytes) => member(good, `"x":"${'x'.repeat(bytes)}"`)],
  ['escapes', (good, bytes) => member(good, `"x":"${'\\u00e9'.repeat(bytes / 6)}"`)],
  [
    'deep nesting',
    (good, bytes) => member(good, `"x":${'['.repeat(bytes / 2)}${']'.repeat(bytes / 2)}`),
  ],
  [
    'deep objects',
    (good, bytes) => member(good, `"x":${'{"a":'.repeat(bytes / 6)}1${'}'.repeat(bytes / 6)}`),
  ],
  ['numbers', (good, bytes) => member(good, `"x":[${'1.5e3,'.repeat(bytes / 6)}1]`)],
  ['many members', (good, bytes) => member(good, `"x":{${namesOf(bytes)}}`)],
  ['empty objects', (good, bytes) => member(good, `"x":[${'{},'.repeat(bytes / 3)}{}]`)],
  [
    'objects as dense as they may be',
    (good, bytes) => member(good, `"x":[${'{"a":"xxxxxxxxxxx"},'.repeat(bytes / 21)}1]`),
  ],
  [
    'values as dense as they may be',
    (good, bytes) => member(good, `"x":[${'"xxxxxxxxxxxxxxx",'.repeat(bytes / 18)}1]`),
  ],
  ['names, a few too few', (good, bytes) => member(good, `"x":[${lines(bytes)}]`)],
  ['white space', (good, bytes) => ' '.repeat(bytes) + good],
  ['nothing but brackets', (_good, bytes) => '['.repeat(bytes)],
]

/** Objects of 40 members, whose names are 16,000 in all. */
function lines(bytes: number): string {
  const names = Array.from({ length: 16_000 }, (_, index) => `"m${index}":"${'x'.repeat(8)}"`)
  const objects = Array.from(
    { length: 400 },
    (_, at) => `{${names.slice(at * 40, at * 40 + 40).join()}}`,
  )
  const all = objects.join()
  return Array.from({ length: Math.max(1, Math.floor(bytes / all.length)) }, () => all).join()
}

function namesOf(bytes: number): string {
  return Array.from({ length: bytes / 16 }, (_, index) => `"member${index}":0`).join()
}

const BUNDLE_FILLS: readonly (readonly [string, Fill])[] = [
  [
    'many patients',
    (_good, bytes) => {
      const each = JSON.stringify(patient()).length + 60
      const ids = Array.from({ length: bytes / each }, (_, index) => `p${index}`)
      return JSON.stringify(searchset(ids))
    },
  ],
  [
    'null entries',
    (good, bytes) => good.replace('"entry":[', `"entry":[${'null,'.repeat(bytes / 5)}`),
  ],
  [
    'links',
    (good, bytes) =>
      good.replace('"link":[', `"link":[${'{"relation":"x"},'.repeat(bytes / 17)}{"relation":"y"}`),
  ],
]

const XML_FILLS: readonly (readonly [string, Fill])[] = [
  ['elements', (good, bytes) => good.replace('<name', `${'<x/>'.repeat(bytes / 4)}<name`)],
  [
    'one long value',
    (good, bytes) => good.replace('<name', `<x value="${'x'.repeat(bytes)}"/><name`),
  ],
]

type Fills = readonly (readonly [string, Fill])[]

const named = (...names: readonly string[]): Fills =>
  JSON_FILLS.filter(([name]) => names.includes(name))

const STAGES: readonly (readonly [StageId, number, Fills])[] = [
  ['capability', CAPS.metadata, named('deep nesting', 'empty objects', 'many members')],
  ['smart', CAPS.metadata, named('deep objects', 'numbers')],
  ['token', CAPS.token, named('deep nesting', 'empty objects')],
  ['read', CAPS.page, JSON_FILLS],
  ['search', CAPS.page, [...named('objects as dense as they may be', 'escapes'), ...BUNDLE_FILLS]],
  ['directory-r4', CAPS.page, named('values as dense as they may be', 'empty objects')],
  ['directory-xml', CAPS.page / 4, XML_FILLS],
]

const CASES = STAGES.flatMap(([stage, cap, fills]) =>
  fills.map(([name, fill]) => ({ stage, cap, name, fill })),
)

test.each(CASES)('R9 $stage: $name, as much as the cap takes', async ({ stage, cap, fill }) => {
  const blocked: number[] = []
  while (blocked.length < TRIES && !blocked.some((ms) => ms < LONGEST_MS)) {
    const turns = new Turns()
    const world = adversary.world({
      stage,
      fault: async ({ good }): Promise<Reply> => {
        const body = Buffer.from(fill(good.body.toString(), cap * 0.98))
        // Making the body takes longer than reading it may.
        await turns.begin()
        return { ...good, body }
      },
    })
    const { client } = clientFor(library, world, { bodyLimits: CAPS, timeoutMs: 30_000 })
    await CALLS[stage](client, world).catch(() => undefined)
    blocked.push(turns.end() / slowness())
    await client.close()
  }
  expect(Math.min(...blocked)).toBeLessThan(LONGEST_MS)
})

const KNOWN = JSON.stringify(searchset(Array.from({ length: 13_000 }, (_, index) => `k${index}`)))

/** How much longer everything takes just now, where others use the machine too; at least 1. */
function slowness(): number {
  const before = process.cpuUsage()
  JSON.parse(KNOWN)
  const { user, system } = process.cpuUsage(before)
  return Math.max(1, (user + system) / 1000 / KNOWN_MS)
}
