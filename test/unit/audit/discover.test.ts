import { expect, test } from 'vitest'
import { balpAudit, type AuditEvent } from '../../../src/audit/index.ts'
import { openTelemetry } from '../../../src/otel/index.ts'
import { lacks, profileOf } from '../../support/balp.ts'
import { entry, statement, tokenEndpoint, world, type World } from '../../support/fake-responder.ts'
import { base, bundle, fhir } from '../../support/fhir-answers.ts'
import { telemetry } from '../../support/telemetry.ts'

const OID = '2.16.840.1.113883.3.13.1'
const patient = { name: [{ family: 'Zebulon' }], birthDate: '1931-02-17' }

/** A client with one responder, which finds somebody, and a trail of this kind. */
async function asking(
  write: (event: AuditEvent) => Promise<void>,
  more: object = {},
): Promise<World> {
  const source = { name: 'Record gateway', address: 'gateway.example.org' }
  return world(
    {
      metadata: () => statement({ token: tokenEndpoint }),
      patients: () => fhir(200, bundle(['7'])),
    },
    {
      audit: balpAudit({ sink: { write }, source }),
      directory: { read: () => Promise.resolve(entry(OID, base)) },
      purposeOfUse: 'TREAT',
      ...more,
    },
  )
}

test('each responder that a discovery asks is an access of its own, and all name the run', async () => {
  const written: AuditEvent[] = []
  const { options, spans } = telemetry()
  const { client, events } = await asking((event) => Promise.resolve(void written.push(event)), {
    instrumentation: openTelemetry(options),
  })
  const { counts } = await client.discover({ patient, targets: [OID] }).summary
  expect(counts).toMatchObject({ candidates: 1 })
  const started = events.find((event) => event.type === 'discover.started')
  const runs = written.map(
    ({ entity = [] }) => entity.find(({ name }) => name === 'run')?.what?.identifier?.value,
  )
  expect(written.length).toBeGreaterThanOrEqual(2)
  expect(new Set(runs)).toEqual(new Set([started?.run]))
  expect(written.flatMap(lacks)).toEqual([])
  expect(written.map(profileOf)).toContain('PatientQuery')
  const asked = spans().filter(({ name }) => name === 'patients.match')
  expect(asked.map(({ attributes }) => attributes['carequality.run_id'])).toContain(started?.run)
})

test('a responder whose access is not recorded is skipped, and is sent no demographics', async () => {
  const { client, of } = await asking(() => Promise.reject(new Error('full')))
  const { counts } = await client.discover({ patient, targets: [OID] }).summary
  expect(counts).toMatchObject({ skipped: 1 })
  expect(of('patients')).toEqual([])
})
