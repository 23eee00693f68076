import { describe, expect, test } from 'vitest'
import { compareDemographics, isStranger } from '../../../src/discover/demographics.ts'
import { questionOf } from '../../../src/discover/question.ts'
import { cpuMs } from '../../support/time.ts'
import { peters, petersInFull } from '../../support/discover-world.ts'

describe('two patients compared', () => {
  test.each([
    [{ ...petersInFull }, { family: 'same', telecom: 'same', postalCode: 'same' }],
    [{ name: [{ family: 'PÉTERS', given: ['Tim'] }] }, { family: 'same', given: 'similar' }],
    [{ name: [{ family: 'Smith-Peters' }] }, { family: 'similar' }],
    [{ name: [{ text: 'Timothy Peters' }] }, { family: 'same', given: 'same' }],
    [{ birthDate: '1946' }, { birthDate: 'similar' }],
    [
      { birthDate: '1947-04-05', gender: 'female' },
      { birthDate: 'different', gender: 'different' },
    ],
    [{ gender: 'unknown' }, {}],
    [{ telecom: [{ system: 'phone', value: '+1 (800) 555-0124' }] }, { telecom: 'different' }],
    [{}, {}],
  ] as const)('%j agrees in %j', (found, expected) => {
    const agreement = compareDemographics(petersInFull, found as never)
    expect(agreement).toMatchObject(expected)
    if (Object.keys(expected).length === 0) expect(agreement).toEqual({})
  })

  test('an identifier is different only where the same system names somebody else', () => {
    const asked = { identifier: [{ system: 'urn:a', value: '1' }] }
    const compared = (system: string, value: string): unknown =>
      compareDemographics(asked, { identifier: [{ system, value }] }).identifier
    expect(compared('urn:a', '1')).toBe('same')
    expect(compared('urn:a', '2')).toBe('different')
    expect(compared('urn:b', '2')).toBeUndefined()
  })

  test('a stranger is one who agrees in neither name nor birth date', () => {
    expect(isStranger({ family: 'different', birthDate: 'different', gender: 'same' })).toBe(true)
    expect(isStranger({ family: 'different', given: 'similar', birthDate: 'different' })).toBe(
      false,
    )
    expect(isStranger({ gender: 'different' })).toBe(false)
  })

  test.each([
    { name: 'Peters' },
    { name: [null, 7, { family: { deep: true }, given: 'Timothy' }, { given: [null, 3] }] },
    { birthDate: 1946, gender: ['male'], telecom: [{ value: 5 }], identifier: { value: [] } },
    { address: [{ postalCode: 64117 }], identifier: [null, { system: 1, value: 2 }] },
  ])('a server may put anything there: %j', (found) => {
    expect(() => compareDemographics(petersInFull, found as never)).not.toThrow()
  })

  test('a patient with endless names is not compared to the end', () => {
    const name = Array.from({ length: 20_000 }, () => ({ family: 'x'.repeat(500), given: ['y'] }))
    expect(cpuMs(() => compareDemographics(peters, { name }))).toBeLessThan(200)
  })
})

describe('a question', () => {
  test('sends nothing but what people are recognised by', () => {
    const patient = { ...petersInFull, id: '77', photo: [{ title: 'me' }], contact: [{}] } as const
    const { steps, search } = questionOf(patient as never, 'two-step', false)
    expect(Object.keys(steps[0].demographics)).toEqual(['name', 'birthDate', 'gender'])
    expect(Object.keys(steps[1]?.demographics ?? {}).sort()).toEqual([
      ...['address', 'birthDate', 'gender', 'name', 'telecom'],
    ])
    expect(search.parameters).toEqual({
      ...{ family: 'Peters', given: 'Timothy', birthdate: '1946-04-05', gender: 'male' },
    })
  })

  test('has one step where there is nothing more to send', () => {
    expect(questionOf(peters, 'two-step', false).steps).toHaveLength(1)
    expect(questionOf(petersInFull, 'minimal', false).steps).toHaveLength(1)
    expect(questionOf(petersInFull, 'full', false).steps[0].elements).toContain('telecom')
  })
})
