/** `discover`. */
import type { DiscoverOptions, DiscoverOutcome } from '../../client/discover.ts'
import type { CarequalityClient } from '../../client/client.ts'
import type { DiscoverPlan } from '../../discover/plan.ts'
import type { TargetInput } from '../../discover/targets.ts'
import type { DiscoverSummary } from '../../discover/summary.ts'
import { countOf, isGiven, textOf, type Context } from '../context.ts'
import { demographicsOf, patientOf } from '../demographics.ts'
import type { Network } from '../network.ts'
import type { Output } from '../output.ts'
import { idForShell, nameText } from '../patient-text.ts'
import { overClient } from '../session.ts'
import { targetsOf } from '../targets-of.ts'

type ListedTargets = DiscoverOptions & { readonly targets: readonly TargetInput[] }

/** Asks many, or says whom it would ask. */
export async function run(context: Context): Promise<number | undefined> {
  const { out } = context
  const patient = patientOf(await demographicsOf(context))
  const isPlan = isGiven(context, 'plan')
  return overClient(
    context,
    async (client, network) => {
      const options = await optionsOf(context, network, patient)
      return isPlan ? { plan: await client.plan(options) } : ask(context, client, options)
    },
    (result) => {
      if ('plan' in result) {
        if (out.isJson) out.json(result.plan)
        else showPlan(result.plan, out)
        return undefined
      }
      if (out.isJson) out.json(result)
      else showOutcomes(result.outcomes, result.summary, out)
      return result.summary.complete ? undefined : 11
    },
  )
}

async function optionsOf(
  context: Context,
  network: Network,
  patient: DiscoverOptions['patient'],
): Promise<ListedTargets> {
  return {
    patient,
    targets: await targetsOf(context, network),
    deadlineMs: countOf(context, 'deadline', 30) * 1000,
    policy: {
      ...(isGiven(context, 'full') ? { disclosure: 'full' } : {}),
      ...(textOf(context, 'concurrency') === undefined
        ? {}
        : { concurrency: countOf(context, 'concurrency', 1) }),
    },
    signal: context.io.signal,
  }
}

async function ask(
  { progress }: Context,
  client: CarequalityClient,
  options: ListedTargets,
): Promise<{ outcomes: readonly DiscoverOutcome[]; summary: DiscoverSummary }> {
  const outcomes: DiscoverOutcome[] = []
  const discovery = client.discover(options)
  for await (const outcome of discovery) {
    outcomes.push(outcome)
    progress.count(outcomes.length, options.targets.length, 'outcomes')
  }
  return { outcomes, summary: await discovery.summary }
}

const ORDER: readonly string[] = ['matched', 'candidates', 'no-match', 'refused']

function showOutcomes(
  outcomes: readonly DiscoverOutcome[],
  { targets, complete, counts, unanswered, tookMs, disclosed }: DiscoverSummary,
  out: Output,
): void {
  const rank = ({ kind }: DiscoverOutcome): number => (ORDER.indexOf(kind) + 10) % 10
  const sorted = [...outcomes].sort((a, b) => rank(a) - rank(b))
  out.table(
    [
      { title: 'OUTCOME' },
      { title: 'ORGANIZATION', flexible: true },
      { title: 'PATIENT OR REASON', flexible: true },
      { title: 'SCORE', right: true },
      { title: 'MS', right: true },
    ],
    sorted.flatMap(rowsOf),
  )
  out.gap()
  out.facts([
    ['targets', `${targets}, in ${Math.round(tookMs)} ms`],
    ['outcomes', countsText(counts)],
    [
      'complete',
      complete ? 'yes: every target has answered' : `no: without an answer ${unanswered.length}`,
    ],
    ['disclosed to', new Set(disclosed.map(({ target }) => target.id)).size],
  ])
  const matched = sorted.find((one) => one.kind === 'matched')
  const [skipped] = unanswered.filter(({ kind }) => kind === 'skipped')
  const [failed] = unanswered.filter(({ kind }) => kind !== 'skipped' && kind !== 'cancelled')
  out.next([
    ...(matched === undefined
      ? []
      : ([
          [
            `carequality-fhir patient read ${idForShell(matched.matches[0].resource)} --organization ${matched.target.id}`,
            'read the patient there',
          ],
        ] as const)),
    ...(failed === undefined
      ? []
      : ([
          [`carequality-fhir doctor ${failed.target.id}`, 'see why a target did not answer'],
        ] as const)),
    ...(skipped === undefined
      ? []
      : ([
          [`carequality-fhir endpoint ${skipped.target.id}`, 'see why a target cannot be asked'],
        ] as const)),
  ])
}

/** One row for each Patient, or one for the outcome. */
function rowsOf(outcome: DiscoverOutcome): readonly (readonly string[])[] {
  const { kind, target, requestMs } = outcome
  const head = [kind, target.name ?? target.id]
  const time = requestMs === 0 ? '' : String(Math.round(requestMs))
  if ('matches' in outcome && outcome.matches.length > 0) {
    return outcome.matches.map(({ resource, score, grade }, index) => [
      ...(index === 0 ? head : ['', '']),
      [resource.id ?? '', nameText(resource), resource.birthDate ?? ''].join('  '),
      score === undefined ? (grade ?? '') : score.toFixed(2),
      index === 0 ? time : '',
    ])
  }
  return [[...head, reasonOf(outcome), '', time]]
}

function reasonOf(outcome: DiscoverOutcome): string {
  const reason = 'reason' in outcome ? outcome.reason : ''
  const error = 'error' in outcome ? (outcome.error?.code ?? outcome.error?.message) : undefined
  return [reason, error].filter((part) => part !== undefined && part !== '').join(', ')
}

function countsText(counts: DiscoverSummary['counts']): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ')
}

function showPlan(
  { targets, skipped, requests, atMost, tokenRequests }: DiscoverPlan,
  out: Output,
): void {
  out.title('Nothing was asked. This is what a run would do.')
  out.table(
    [
      { title: 'ORGANIZATION', flexible: true },
      { title: 'ORIGIN' },
      { title: 'BY' },
      { title: 'TOKEN' },
      { title: 'WOULD BE SENT', flexible: true },
    ],
    targets.map(({ target, origin, interaction, token, disclosed }) => [
      target.name ?? target.id,
      ...[origin, interaction, token, disclosed.join(', ')],
    ]),
  )
  for (const { target, reason, kind } of skipped) {
    out.text(`not asked: ${target.name ?? target.id}, ${reason ?? kind}`)
  }
  out.gap()
  out.facts([
    ['requests', `${requests}, at most ${atMost}`],
    ['for tokens', tokenRequests],
  ])
}
