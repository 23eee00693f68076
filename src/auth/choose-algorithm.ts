import { ConfigurationError } from '../errors.ts'
import { isCommon } from '../signers/algorithms.ts'
import type { SigningAlgorithm } from '../signers/signer.ts'
import type { Mode } from '../types.ts'

/** What servers expect that list nothing. */
const CUSTOMARY: Readonly<Record<Mode, readonly SigningAlgorithm[]>> = {
  'carequality-legacy': ['RS256', 'ES256', 'ES384'],
  'smart-backend': ['RS384', 'ES384', 'ES256'],
  udap: ['RS256', 'ES256', 'ES384'],
}

/**
 * Names of a server's list that an error may show ([RFC
 * 7518](https://www.rfc-editor.org/rfc/rfc7518#section-3.1), RFC 8037, 8812, 9864): any other may
 * be free text.
 */
const REGISTERED: readonly string[] = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'ES256K'],
  ...['EdDSA', 'Ed25519', 'Ed448', 'HS256', 'HS384', 'HS512', 'none'],
]

/**
 * The signer's preferred algorithm among those that the server lists; where it lists none, the
 * mode's usual one if the key supports it, or another of the common four.
 */
export function chooseAlgorithm(
  able: readonly SigningAlgorithm[],
  listed: readonly string[] | undefined,
  mode: Mode,
): SigningAlgorithm {
  const chosen =
    listed === undefined || listed.length === 0
      ? (CUSTOMARY[mode].find((alg) => able.includes(alg)) ?? able.find(isCommon))
      : able.find((alg) => listed.includes(alg))
  if (chosen !== undefined) return chosen
  const where = { operation: 'assertion.sign' }
  if (listed === undefined || listed.length === 0) {
    throw new ConfigurationError(
      'ERR_CQ_NO_COMMON_ALGORITHM',
      `the server lists no algorithms, and what the signer can do (${able.join(', ')}) is only used where it is listed`,
      where,
    )
  }
  const theirs = REGISTERED.filter((alg) => listed.includes(alg))
  throw new ConfigurationError(
    'ERR_CQ_NO_COMMON_ALGORITHM',
    `the signer supports ${able.join(', ')} and the server ${theirs.join(', ') || 'none that is registered'}`,
    where,
  )
}
