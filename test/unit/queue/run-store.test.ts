import { expect, test } from 'vitest'
import { RunStore } from '../../../src/queue/run-store.ts'
import { keyring } from '../../../src/redis/keyring.ts'
import { patientStore } from '../../../src/redis/store.ts'

const keys = [{ id: 'a', secret: new Uint8Array(32).fill(3) }] as const

test('a run that has ended stays so, though a word that it goes on was under way', async () => {
  const sent: string[] = []
  let answer: () => void = () => undefined
  const call = (command: string): Promise<unknown> => {
    sent.push(command)
    return command === 'SET'
      ? new Promise((resolve) => (answer = () => resolve('OK')))
      : Promise.resolve(1)
  }
  const [key] = keyring(keys)
  const run = await RunStore.open(
    patientStore({ client: { call }, keys: [...keys] }),
    ...([key, 'run', 60_000] as const),
  )
  const held = run.hold()
  await run.end()
  answer()
  await held
  await run.hold()
  expect(sent).toEqual(['SET', 'DEL', 'DEL', 'DEL'])
})
