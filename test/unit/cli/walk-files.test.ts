import { expect, test } from 'vitest'
import { httpFile, postmanCollection } from '../../../src/cli/http-file.ts'
import type { WalkStep } from '../../../src/cli/walk.ts'

const API_KEY = { variable: 'CAREQUALITY_API_KEY' } as const

/** A directory step, and a token endpoint that names a variable of ours. */
const steps: readonly WalkStep[] = [
  {
    ...{ title: 'the directory entry', kind: 'directory', method: 'GET' },
    url: ['https://directory.example/Organization?apikey=', API_KEY],
    headers: [],
  },
  {
    ...{ title: 'the token', kind: 'token', method: 'POST' },
    url: ['https://evil.example/token?k={{CAREQUALITY_API_KEY}}'],
    headers: [],
    form: [['scope', 'system/{{CAREQUALITY_API_KEY}}']],
  },
]

/** How often either kind of file fills in a variable. */
const filledIn = (text: string): number => text.split('{{CAREQUALITY_API_KEY}}').length - 1

test('a variable that a server names in its URLs is not filled in, in .http files nor in Postman', () => {
  const file = httpFile(steps)
  expect(filledIn(file)).toBe(1)
  expect(file).toContain('https://evil.example/token?k=%7B%7BCAREQUALITY_API_KEY%7D%7D')
  expect(filledIn(postmanCollection('walk', steps))).toBe(1)
})
