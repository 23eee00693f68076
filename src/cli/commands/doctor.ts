/** `doctor`. */
import { diagnose, type DiagnoseOptions, type Diagnosis } from '../../diagnose/index.ts'
import type { DiagnosisStep } from '../../diagnose/index.ts'
import { isGiven, textOf, type Context } from '../context.ts'
import { SANDBOX_ORGANIZATION, type Network } from '../network.ts'
import type { Output } from '../output.ts'
import { passphraseOf, signerOf } from '../signer-of.ts'
import { overNetwork } from '../session.ts'
import { wrap } from '../style.ts'

/** Diagnoses and shows each step. */
export function run(context: Context): Promise<number | undefined> {
  const { out } = context
  return overNetwork(
    context,
    async (network) => diagnose(await optionsOf(context, network)),
    (diagnosis) => {
      if (out.isJson)
        out.json({ ok: diagnosis.ok, steps: diagnosis.steps, first: diagnosis.first?.id })
      else show(diagnosis, isGiven(context, 'verbose'), out)
      return diagnosis.ok ? undefined : 10
    },
  )
}

async function optionsOf(context: Context, network: Network): Promise<DiagnoseOptions> {
  const { settings, operands, io } = context
  const isSandbox = network.sandbox !== undefined
  const baseUrl = settings.text('baseUrl')
  const usual = isSandbox && baseUrl === undefined ? SANDBOX_ORGANIZATION : undefined
  const isUdap = network.mode === 'udap'
  const organization =
    isUdap && isSandbox ? undefined : (operands[0] ?? settings.text('organization') ?? usual)
  if (organization === undefined && baseUrl === undefined && !isUdap)
    settings.needed('organization')
  const directory = await network.entries()
  return {
    ...network.http,
    ...network.context(),
    ...(isUdap ? { udap: await network.udap() } : await identityOf(context, network)),
    mode: network.mode,
    ...(directory === undefined ? {} : { directory }),
    organization,
    baseUrl: baseUrl ?? (isUdap ? network.sandbox?.udap?.servers.ssraa.baseUrl : undefined),
    tokenEndpoint: settings.text('tokenEndpoint'),
    jwksUrl: settings.text('jwksUrl'),
    patientId: textOf(context, 'patient') ?? (isSandbox ? '1316024' : undefined),
    otherEnvironments: !isGiven(context, 'only-this-environment'),
    signal: io.signal,
  }
}

/** The files as they are: what is wrong with them is a finding, not an error. */
async function identityOf(
  { settings }: Context,
  network: Network,
): Promise<Pick<DiagnoseOptions, 'clientId' | 'key' | 'certificates' | 'signer'>> {
  const pem = network.sandbox?.pem
  if (pem !== undefined && settings.text('keyFile') === undefined) {
    const { clientId } = await network.identity()
    return { clientId, key: pem.key, certificates: pem.certificates }
  }
  const clientId = settings.needed('clientId')
  const key = await settings.file('keyFile')
  const certificates = await settings.file('certificatesFile')
  if ((await passphraseOf(settings)) !== undefined) {
    return { clientId, signer: () => signerOf(settings) }
  }
  return { clientId, key, certificates }
}

const TONES = { passed: 'good', failed: 'bad', 'not reached': 'faint' } as const

function show({ steps, first, ok }: Diagnosis, isVerbose: boolean, out: Output): void {
  for (const step of steps) showStep(step, isVerbose, out)
  out.gap()
  if (ok) out.text('Every step that was reached passed.', 'good')
  if (first === undefined) {
    const { evidence = [] } = steps.find(({ id }) => id === 'read') ?? {}
    if (evidence.includes('no patient id was given')) {
      out.next([['carequality-fhir doctor --patient ID', 'read a patient as the last step']])
    } else if (ok) {
      out.next([['carequality-fhir patient search --family NAME', 'ask for a patient']])
    }
    return
  }
  out.title('Cure this first')
  out.text(first.summary ?? '')
  out.facts([['who can cure it', WHO[first.who ?? 'you']]])
  out.next([
    [
      'carequality-fhir doctor --verbose',
      'see the evidence of the steps that passed, and what happened',
    ],
    ...(first.who === 'responder'
      ? ([
          ['carequality-fhir registration-letter', "what the responder's operator wants to know"],
        ] as const)
      : []),
    ...(first.who === 'network'
      ? ([['carequality-fhir egress', 'the hosts to open']] as const)
      : []),
  ])
}

const WHO = {
  you: 'you',
  responder: "the responder's operator",
  directory: 'the directory',
  network: 'the operator of your network',
} as const

function showStep(step: DiagnosisStep, isVerbose: boolean, out: Output): void {
  const { state, title, summary, evidence } = step
  const isSkipped = state === 'not reached'
  const [why = ''] = evidence
  const text = isSkipped
    ? `${title}: ${why}`
    : summary === undefined
      ? title
      : `${title}: ${summary}`
  const tone = state === 'failed' ? 'title' : isSkipped ? 'faint' : 'plain'
  wrap(text, out.width - INDENT).forEach((line, index) => {
    const head = index === 0 ? out.paint(TONES[state], state.padEnd(INDENT)) : ' '.repeat(INDENT)
    out.line(head + out.paint(tone, line))
  })
  if (isSkipped || (state === 'passed' && !isVerbose)) return
  for (const item of evidence) {
    for (const line of wrap(item, out.width - INDENT - 2)) {
      out.line(' '.repeat(INDENT + 2) + out.paint('faint', line))
    }
  }
}

const INDENT = 13
