/** Issue 16, A: whatever stands in whichever field, nobody waits, and nothing but our own errors comes of it. */
import { describe, expect, test } from 'vitest'
import { examine, readGood } from './fields/examine.ts'
import type { Attack } from './fields/places.ts'
import { SUBJECTS, type Subject } from './fields/subjects.ts'

/** `CQ_FIELDS=all` tries every value in every field. */
const ALL = process.env.CQ_FIELDS === 'all'
/** Another seed chooses another value for each field. */
const SEED = Number(process.env.CQ_FIELDS_SEED ?? 16)

/** Each field at least once, of fields in lists one: one of its values, by the seed. */
function chosen({ fields, again = false }: Subject): readonly Attack[] {
  if (ALL) return fields.flatMap(({ attacks }) => attacks)
  const byName = new Map<string, Attack[]>()
  for (const { name, attacks } of fields)
    byName.set(name, [...(byName.get(name) ?? []), ...attacks])
  let state = SEED
  const own = [...byName.values()].filter((_, at) => !again || at % 4 === SEED % 4)
  return own.flatMap((attacks) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return attacks.slice((state >>> 8) % attacks.length).slice(0, 1)
  })
}

describe.each(SUBJECTS.map((subject) => ({ name: subject.name, subject })))(
  '$name',
  ({ subject }) => {
    test('is read where it is honest', async () => {
      expect(await readGood(subject)).toBeUndefined()
    })

    test(
      `bears 1 MB in each of its ${subject.fields.length} fields`,
      async () => {
        const findings: string[] = []
        for (const attack of chosen(subject)) {
          const finding = await examine(subject, attack)
          if (finding !== undefined) findings.push(finding)
        }
        expect(findings).toEqual([])
      },
      ALL ? 7_200_000 : 300_000,
    )
  },
)
