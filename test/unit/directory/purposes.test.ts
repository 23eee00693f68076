import { describe, expect, test } from 'vitest'
import { holdsPurpose } from '../../../src/directory/model/purposes.ts'

/** The code of NHIN, that of HL7's PurposeOfUse, and the display of either. */
const PURPOSES: readonly (readonly [string, string, string])[] = [
  ['TREATMENT', 'TREAT', 'Treatment'],
  ['PAYMENT', 'HPAYMT', 'Payment'],
  ['OPERATIONS', 'HOPERAT', 'Operations'],
  ['PUBLICHEALTH', 'PUBHLTH', 'Public Health'],
  ['REQUEST', 'PATRQT', 'Request'],
  ['EMERGENCY', 'ETREAT', 'Emergency'],
  ['RESEARCH', 'HRESCH', 'Research'],
]
const TEFCA = ['T-TREAT', 'T-TRTMNT', 'T-IAS', 'T-PYMNT', 'T-HCO', 'T-PH', 'T-GOVDTRM']

describe('one purpose in two vocabularies', () => {
  test.each(PURPOSES)('%s, %s and %s are the same', (...names) => {
    for (const published of names)
      for (const wanted of names) expect(holdsPurpose([published], [wanted])).toBe(true)
  })

  test('and no two purposes are', () => {
    for (const [first, ones] of PURPOSES.entries())
      for (const [second, others] of PURPOSES.entries())
        for (const published of ones)
          for (const wanted of others)
            expect(holdsPurpose([published], [wanted])).toBe(first === second)
  })

  test.each(['treat', 'Treat', ' TREAT ', 'treat_ment', 'TREAT MENT'])(
    'case, white space and underlines do not matter: %j',
    (spelling) => {
      expect(holdsPurpose([spelling], ['TREATMENT'])).toBe(true)
    },
  )
})

describe('the codes of TEFCA', () => {
  test.each(TEFCA)('%s equals only itself', (code) => {
    for (const other of [...TEFCA, ...PURPOSES.flat(), code.slice(2), `${code}X`])
      expect(holdsPurpose([code], [other])).toBe(other === code)
    for (const other of [...TEFCA, ...PURPOSES.flat()])
      expect(holdsPurpose([other], [code])).toBe(other === code)
  })
})

describe('lists', () => {
  test.each([
    [['TREATMENT', 'PAYMENT'], ['HPAYMT'], true],
    [['TREATMENT'], ['PAYMENT', 'TREAT'], true],
    [['TREATMENT'], ['PAYMENT', 'OPERATIONS'], false],
    [[], ['TREATMENT'], false],
    [['TREATMENT'], [], false],
    [[], [], false],
    [['something of our own'], ['SOMETHINGOFOUROWN'], true],
  ])('%j hold one of %j: %s', (published, wanted, expected) => {
    expect(holdsPurpose(published, wanted)).toBe(expected)
  })

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'the word %s means nothing',
    (word) => {
      expect(holdsPurpose([word], ['TREATMENT'])).toBe(false)
      expect(holdsPurpose(['TREATMENT'], [word])).toBe(false)
      expect(holdsPurpose([word], [word])).toBe(true)
    },
  )
})
