import type { Diagnosis } from './diagnosis.ts'
import { Examination } from './examination.ts'
import { checkOptions, type DiagnoseOptions } from './options.ts'

/**
 * Walks from the key to a Patient, step by step, and says of each step whether it passed, what was
 * seen, what the cure is and who can cure it. Makes real requests: the directory entry, the server's
 * metadata, one token, and one read where `patientId` is given. A server that asks to wait is not
 * waited for.
 *
 * @example
 * ```ts
 * const diagnosis = await diagnose({ clientId, key, certificates, directory, organization: '2.999.10' })
 * console.log(String(diagnosis))
 * ```
 *
 * @throws TypeError for options that are wrong in form; everything else is in the diagnosis.
 */
export async function diagnose(options: DiagnoseOptions): Promise<Diagnosis> {
  return new Examination(checkOptions(options)).run()
}
