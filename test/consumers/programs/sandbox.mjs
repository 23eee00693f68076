// A user's test: the sandbox in place of the network.
import { CarequalityClient } from 'carequality-fhir'
import { createSandbox } from 'carequality-fhir/testing'

export async function main() {
  const { options } = await createSandbox()
  const client = new CarequalityClient({ ...options })
  const { patients } = await client.organization('2.16.840.1.113883.3.13.1')
  const { birthDate } = await patients.read('1316024')
  const failure = await patients.read('2').catch(({ code }) => code)
  await client.close()
  return `${birthDate} ${failure}`
}
