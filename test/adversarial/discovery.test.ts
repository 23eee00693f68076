/** The matrix up to the token: every fault at every stage, over the platform's fetch. */
import { FHIR_STAGES } from './cases.ts'
import { QUICK_CASES } from './rows.ts'
import { matrix } from './suite.ts'

matrix(
  'the matrix, directory to token',
  QUICK_CASES.filter(({ stage }) => !FHIR_STAGES.includes(stage)),
  30,
)
