/** The matrix's servers that let others wait: many of these cases at once. */
import { SLOW_CASES } from './rows.ts'
import { matrix } from './suite.ts'

matrix('the matrix, waiting', SLOW_CASES, 200, undefined, 'held')
