import { startFhirServer } from '../fhir-network/harness.mjs'
import { capabilityStatement } from '../fhir-network/network.ts'
import { clientOf, OID, startAccess } from './asked.ts'
import { deleted, known, resources, unknown } from './people.ts'
import { describePatients } from './suite.ts'

describePatients(
  'patients of @medplum/fhir-router',
  async () => {
    const access = await startAccess()
    const { authorization } = access
    const server = await startFhirServer({
      ...{ authorization, resources, deleted },
      capabilityStatement: () => capabilityStatement(authorization.tokenEndpoint),
    })
    const asked = await clientOf(access, server)
    return {
      ...{ asked, known, unknown },
      responder: await asked.client.organization(OID),
      byGet: () => asked.clientWith({ searchMethod: 'get' }).organization(OID),
    }
  },
  {
    deleted: 'ERR_CQ_NOT_FOUND',
    sameParameterTwice: 'works',
    matchScope: 'system/*.read',
    textOfMissing: 'Not found',
  },
)
