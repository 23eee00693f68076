/** The matrix from the token on: every fault at every stage, over the platform's fetch. */
import { FHIR_STAGES } from './cases.ts'
import { QUICK_CASES } from './rows.ts'
import { matrix } from './suite.ts'

matrix(
  'the matrix, records',
  QUICK_CASES.filter(({ stage }) => FHIR_STAGES.includes(stage)),
  30,
)
