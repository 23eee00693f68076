// CommonJS: Node 20.19 and newer can require() an ES module that does not await at its top.
const entries = ['', '/signers', '/errors', '/udap', '/node', '/testing'].map((entry) =>
  require(`carequality-fhir${entry}`),
)
const { CarequalityClient } = entries[0]
const { createSandbox } = entries.at(-1)

createSandbox().then(async ({ options }) => {
  const client = new CarequalityClient({ ...options })
  const { patients } = await client.organization('2.16.840.1.113883.3.13.1')
  console.log((await patients.read('1316024')).birthDate, 'ERR_CQ_NOT_FOUND')
  await client.close()
})
