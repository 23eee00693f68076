/** Issue 16, A: whatever stands in whichever field, nobody waits, and nothing but our own errors comes of it. */
import { bearsEverything } from './fields/bears.ts'
import { SERVER_SUBJECTS } from './fields/subjects.ts'

bearsEverything(SERVER_SUBJECTS)
