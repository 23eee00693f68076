/**
 * Where does this patient have records? One question to many responders, with a progress bar, and
 * what could not be asked. Offline on a sandbox of 200 responders, of which a fifth does not work.
 */
import { CarequalityClient, type DiscoverOutcome } from 'carequality-fhir'
import { network, patient, targets } from './_responders.ts'

const client = new CarequalityClient({ ...(await network()) })

const plan = await client.plan({ patient, targets })
print(
  `${plan.targets.length} responders at ${plan.origins.length} origins: ${plan.requests} requests, ${plan.tokenRequests} of them for tokens`,
)

const run = client.discover({ patient, targets })
let done = 0
for await (const outcome of run) {
  done += 1
  progress(done, targets.length, outcome)
}

const { counts, complete, unanswered, disclosed } = await run.summary
print('')
for (const [kind, count] of Object.entries(counts)) {
  if (count > 0) print(`${String(count).padStart(5)}  ${kind}`)
}
print(`complete: ${complete ? 'yes' : `no, ${unanswered.length} have not answered`}`)
print(`${new Set(disclosed.map(({ target }) => target.id)).size} responders were sent demographics`)

await client.close()

/** On a terminal a bar; elsewhere a line for every quarter. */
function progress(at: number, all: number, { kind }: DiscoverOutcome): void {
  const filled = Math.round((30 * at) / all)
  const bar = `${'#'.repeat(filled)}${'.'.repeat(30 - filled)} ${at} of ${all}`
  if (process.stdout.isTTY) process.stdout.write(`\r${bar} ${kind.padEnd(12)}`)
  else if (at % Math.ceil(all / 4) === 0 || at === all) print(bar)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
