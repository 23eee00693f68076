/** One read of a Patient; nothing of it is shown. */
import type { Responder } from '../client/responder.ts'
import { isCarequalityError } from '../errors.ts'
import type { CallOptions } from '../types.ts'
import { evidenceOf, serverFault } from './classify.ts'
import { failed, passed, type Outcome } from './diagnosis.ts'
import type { FindingId } from './findings.ts'
import type { Observer } from './observer.ts'

const FINDINGS: Readonly<Record<string, FindingId>> = {
  ERR_CQ_UNAUTHORIZED: 'token-refused',
  ERR_CQ_NO_TOKEN_ENDPOINT: 'token-endpoint-missing',
  ERR_CQ_FORBIDDEN: 'read-forbidden',
  ERR_CQ_NOT_FOUND: 'patient-not-found',
  ERR_CQ_GONE: 'patient-not-found',
  ERR_CQ_OTHER_PATIENT: 'patient-not-found',
}

/** Reads the Patient as the client does. */
export async function readStep(
  responder: Responder,
  id: string,
  observer: Observer,
  options: CallOptions,
): Promise<Outcome<true>> {
  const mark = observer.seen.length
  try {
    await responder.patients.read(id, options)
    return passed(true, 'a Patient came back')
  } catch (error) {
    options.signal?.throwIfAborted()
    const observed = observer.lastFrom(mark)
    const finding = isCarequalityError(error) ? FINDINGS[error.code] : undefined
    const isJson = !/^\s*</.test(observed?.text ?? '')
    return finding !== undefined && isJson
      ? failed(finding, ...evidenceOf(observed, error))
      : (serverFault(observed, error) ?? failed('read-failed', ...evidenceOf(observed, error)))
  }
}
