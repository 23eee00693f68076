/** Whom `discover` asks: OIDs and base URLs as operands, or entries of a copy by place. */
import { DirectorySnapshot } from '../directory/index.ts'
import type { TargetInput } from '../discover/targets.ts'
import { countOf, textOf, type Context } from './context.ts'
import { SANDBOX_ORGANIZATION, type Network } from './network.ts'

/** The organizations of the sandbox, those that cannot be asked included. */
const SANDBOX: readonly string[] = [
  ...[SANDBOX_ORGANIZATION, '2.999.10', '2.999.20', '2.999.30', '2.999.40'],
]

/** Throws a `TypeError` where nobody is named: there is no "everybody". */
export async function targetsOf(
  context: Context,
  network: Network,
): Promise<readonly TargetInput[]> {
  const { operands } = context
  const near = textOf(context, 'near')
  const state = textOf(context, 'state')
  if (near === undefined && state === undefined) {
    if (operands.length > 0) return operands
    if (network.sandbox !== undefined) return SANDBOX
    throw new TypeError('name organizations, or --near or --state with a snapshot')
  }
  const copy = await network.entries()
  if (!(copy instanceof DirectorySnapshot)) {
    throw new TypeError('--near and --state need a copy of the directory: --snapshot')
  }
  const found =
    near === undefined
      ? copy.inState(state ?? '')
      : copy.near(positionOf(near), { miles: countOf(context, 'miles', 50) })
  return [...operands, ...found]
}

function positionOf(text: string): { latitude: number; longitude: number } {
  const [latitude = Number.NaN, longitude = Number.NaN, ...more] = text.split(',').map(Number)
  if (more.length > 0 || Number.isNaN(latitude) || Number.isNaN(longitude)) {
    throw new TypeError('--near must be LATITUDE,LONGITUDE, for example 39.1,-94.6')
  }
  return { latitude, longitude }
}
