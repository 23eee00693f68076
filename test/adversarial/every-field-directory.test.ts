/** The same as `every-field.test.ts` for what directories send: a file of its own has a processor of its own. */
import { bearsEverything } from './fields/bears.ts'
import { DIRECTORY_SUBJECTS } from './fields/subjects.ts'

bearsEverything(DIRECTORY_SUBJECTS)
