/** The Carequality part of the sandbox: directories, FHIR servers and their authorization servers. */
import {
  AuthorizationServer,
  closedTokenEndpoint,
  type AuthorizationSettings,
} from './authorization-server.ts'
import type { DirectoryData } from './directory-data.ts'
import { createLegacyDirectory, createR4Directory } from './directory-server.ts'
import type { Holdings } from './fhir-interactions.ts'
import { FhirServer, otherTenants } from './fhir-server.ts'
import type { Service } from './respond.ts'
import { cernerClosedToken, fhirServers } from './servers.ts'

/** Two of Carequality's and TEFCA's. */
export function directories(carequality: DirectoryData, rce: DirectoryData): readonly Service[] {
  return [
    createLegacyDirectory(carequality),
    createR4Directory({ host: 'directory.prod.carequality.org', path: '/fhir' }, carequality),
    createR4Directory({ host: 'directory.rce.example', path: '/fhir' }, rce, true),
  ]
}

/** In the order in which they are asked: a token endpoint may lie below a FHIR base. */
export function createServers(
  holdings: Holdings,
  settings: AuthorizationSettings,
): readonly Service[] {
  const servers = fhirServers.map((profile) => {
    const tokens = new AuthorizationServer(profile.tokenEndpoint, profile.smart, settings)
    return { tokens, fhir: new FhirServer(profile, holdings, tokens) }
  })
  return [
    closedTokenEndpoint(cernerClosedToken),
    ...servers.map(({ tokens }) => tokens),
    ...servers.map(({ fhir }) => fhir),
    otherTenants('fhir-ehr.stagingcerner.com'),
  ]
}
