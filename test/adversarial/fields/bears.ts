/** The tests of a document: it is read where it is honest, and bears 1 MB wherever that may stand. */
import { describe, expect, test } from 'vitest'
import { examine, readGood } from './examine.ts'
import type { Attack } from './places.ts'
import type { Subject } from './subjects.ts'

/** `CQ_FIELDS=all` tries every value in every kind of field. */
const ALL = process.env.CQ_FIELDS === 'all'
/** Another seed chooses another value for each field, and another place for each value. */
const SEED = Number(process.env.CQ_FIELDS_SEED ?? 16)
/** Of a document whose fields are another's, the light form tries one field of so many, the full form one value. */
const FIELDS_AGAIN = 4
const VALUES_AGAIN = 8

export function bearsEverything(subjects: readonly Subject[]): void {
  describe.each(subjects.map((subject) => ({ name: subject.name, subject })))(
    '$name',
    ({ subject }) => {
      test('is read where it is honest', async () => {
        expect(await readGood(subject)).toBeUndefined()
      })

      test(
        `bears 1 MB in each of its ${subject.fields.length} fields`,
        async () => {
          const findings: string[] = []
          for (const attack of ALL ? everyValue(subject) : oneValue(subject)) {
            const finding = await examine(subject, attack)
            if (finding !== undefined) findings.push(finding)
          }
          expect(findings).toEqual([])
        },
        ALL ? 3_600_000 : 300_000,
      )
    },
  )
}

/** Each field at least once, of fields in lists one: one of its values. */
function oneValue(subject: Subject): readonly Attack[] {
  const pick = picker()
  const own = attacksByField(subject).filter(
    (_, at) => subject.again !== true || at % FIELDS_AGAIN === SEED % FIELDS_AGAIN,
  )
  return own.map(pick)
}

/** Each value in each field, of fields in lists in one. */
function everyValue(subject: Subject): readonly Attack[] {
  const pick = picker()
  return attacksByField(subject).flatMap((attacks, field) => {
    const own = groupedBy(attacks, ({ value }) => value).filter(
      (_, at) => subject.again !== true || (at + field + SEED) % VALUES_AGAIN === 0,
    )
    return own.map(pick)
  })
}

type Attacks = readonly [Attack, ...Attack[]]

/** The attacks on all fields of one name. */
function attacksByField({ fields }: Subject): readonly Attacks[] {
  const named = fields.flatMap(({ name, attacks }) => attacks.map((attack) => ({ name, attack })))
  return groupedBy(named, ({ name }) => name).map(
    ([first, ...others]) => [first.attack, ...others.map(({ attack }) => attack)] as const,
  )
}

function groupedBy<T>(all: readonly T[], keyOf: (one: T) => string): readonly [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>()
  for (const one of all) {
    const group = groups.get(keyOf(one))
    if (group === undefined) groups.set(keyOf(one), [one])
    else group.push(one)
  }
  return [...groups.values()]
}

/** Takes one of a list, by the seed. */
function picker(): (attacks: Attacks) => Attack {
  let state = SEED
  return (attacks) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return attacks[(state >>> 8) % attacks.length] ?? attacks[0]
  }
}
