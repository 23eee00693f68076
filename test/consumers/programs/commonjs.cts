import { CarequalityClient, pemSigner, type Patient } from 'carequality-fhir'
import errors = require('carequality-fhir/errors')

export async function read(key: string): Promise<Patient> {
  const client = new CarequalityClient({
    clientId: 'c',
    signer: await pemSigner({ key }),
    directory: { release: 'carequality-stu3', apiKey: 'k' },
  })
  const patient = await (await client.organization('1.2.3')).patients.read('1')
  // @ts-expect-error a Patient id is text; a silent any would accept this
  const number: number = patient.id
  console.log(number, errors.isCarequalityError(patient))
  return patient
}
