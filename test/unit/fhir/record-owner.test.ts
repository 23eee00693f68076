import { describe, expect, test } from 'vitest'
import {
  base,
  bundle,
  fhir,
  inTurn,
  leaks,
  patient,
  secrets,
  walked,
} from '../../support/fhir-answers.ts'
import { fhirWorld } from '../../support/fhir-world.ts'

const about = (id: string, reference: unknown, member = 'subject'): object => ({
  resource: { resourceType: 'Observation', id, [member]: { reference } },
})
const person = (id: string): object => ({ resource: patient(id) })

/** What `$everything` of Patient 1 gives where the server answers with these pages. */
async function everything(pages: readonly (readonly unknown[])[], options: object = {}) {
  const answers = pages.map(
    (entries, at) => () =>
      fhir(200, bundle(entries, at + 1 < pages.length ? { next: `?n=${at}` } : {})),
  )
  const { patients } = fhirWorld(inTurn(...answers))
  return walked(patients.everything('1', options))
}

describe('$everything of another patient', () => {
  test.each<[string, readonly unknown[]]>([
    ['their Patient', [person('2')]],
    ['their Patient and record', [person('2'), about('o', 'Patient/2')]],
    ['their record alone', [about('o', 'Patient/2')]],
    ['by an absolute reference with a version', [about('o', `${base}/Patient/2/_history/3`)]],
    ['by another member', [about('o', 'Patient/2', 'beneficiary')]],
    ['an id that begins as the one that was asked for', [person('12')]],
    [
      'a survivor who says whom they replace',
      [
        {
          resource: patient('2', {
            link: [{ other: { reference: 'Patient/1' }, type: 'replaces' }],
          }),
        },
      ],
    ],
  ])('is an error, and nothing is given: %s', async (_what, entries) => {
    const { ids, error } = await everything([entries])
    expect(ids).toEqual([])
    expect(error).toMatchObject({ code: 'ERR_CQ_OTHER_PATIENT', received: 0 })
    expect(leaks(error, [...secrets, 'Patient/1', 'Patient/2'])).toEqual([])
  })

  test('on the second page is an error where nothing has been the patient’s own', async () => {
    const { ids, error } = await everything([
      [{ resource: { resourceType: 'Practitioner', id: 'p' } }],
      [person('2')],
    ])
    expect(ids).toEqual(['p'])
    expect(error).toMatchObject({ code: 'ERR_CQ_OTHER_PATIENT', received: 1 })
  })
})

describe('$everything of the patient', () => {
  test.each<[string, readonly (readonly unknown[])[]]>([
    ['beside a mother', [[person('mother'), person('1')]]],
    ['with a mother on the next page', [[person('1')], [person('mother')]]],
    ['by references alone', [[about('o', 'Patient/1'), person('mother')]]],
    ['by an absolute reference', [[about('o', `${base}/Patient/1`, 'patient')]]],
  ])('is given: %s', async (_what, pages) => {
    const { ids, error } = await everything(pages)
    expect(error).toBeUndefined()
    expect(ids).toHaveLength(pages.flat().length)
  })
})

describe('$everything of nobody', () => {
  test.each<[string, readonly unknown[]]>([
    ['nothing at all', []],
    ['resources that are nobody’s', [{ resource: { resourceType: 'Practitioner', id: 'p' } }]],
    [
      'references that cannot be read',
      [
        about('a', 5),
        about('b', { toString: 1 }),
        about('c', 'x'.repeat(1e6)),
        about('d', 'urn:uuid:1'),
        { resource: { resourceType: 'Observation', id: 'e', subject: 'Patient/2' } },
        { resource: { resourceType: 'Patient', id: 5 } },
      ],
    ],
  ])('is not complete: %s', async (_what, entries) => {
    const { ids, error } = await everything([entries])
    expect(ids).toHaveLength(entries.length)
    expect(error).toMatchObject({ code: 'ERR_CQ_INCOMPLETE_RESULT', received: entries.length })
  })

  test.each([{ _since: '2024-05-01T00:00:00Z' }, { _type: ['Observation'] }])(
    'is an answer where %j may leave the Patient out',
    async (options) => {
      expect(await everything([[]], options)).toEqual({ ids: [], error: undefined })
    },
  )

  test('is none where the Patient was among the types that were asked for', async () => {
    const { error } = await everything([[]], { _type: ['Observation', 'Patient'] })
    expect(error).toMatchObject({ code: 'ERR_CQ_INCOMPLETE_RESULT' })
  })
})
