/** The suite where there is no file system: bundled with the library, for workerd and browsers. */
import type { FetchLike } from '../../src/index.ts'
import type { Plan, ProbeResult, RunReport } from './plan.ts'
import { ask, runSuite, type Modules } from './suite.ts'

/** In a page: everything, and what the runner's other page, whose web security is on, may do. */
export async function inPage(modules: Modules, control: string): Promise<void> {
  await ask({ control }, '/report', await run(modules, control, 5))
}

/** One exchange with another origin that does not allow it: a network failure, and nothing that hangs. */
export async function crossOrigin({ library }: Modules, control: string): Promise<void> {
  const plan = await ask<Plan>({ control }, '/plan')
  const client = new library.FhirPatientClient({
    ...{ baseUrl: plan.probes.plainBase, allowInsecureLoopback: true, timeoutMs: 15_000 },
  })
  const result = await client.read('1').then(
    ({ id }) => `it was allowed to read ${id ?? ''}`,
    (error: unknown) => (library.isCarequalityError(error) ? error.code : String(error)),
  )
  const probe: ProbeResult = {
    name: 'cors',
    result: result === 'ERR_CQ_NETWORK' ? true : result,
  }
  await ask({ control }, '/report', probe)
}

/** In a worker: the answer to one request. */
export async function inWorker(modules: Modules, request: Request): Promise<Response> {
  const control = new URL(request.url).searchParams.get('control') ?? ''
  return Response.json(await run(modules, control, 20))
}

async function run(modules: Modules, control: string, atATime: number): Promise<RunReport> {
  const plan = await ask<Plan>({ control }, '/plan')
  const network: { fetch?: FetchLike } = {}
  return runSuite({ ...modules, plan, network, atATime })
}
