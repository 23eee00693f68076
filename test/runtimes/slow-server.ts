/** A FHIR base that hangs, breaks off and never ends. */
import type { ServerResponse } from 'node:http'

const MB = Buffer.alloc(1_000_000, 'x')

export interface SlowServer {
  answer(path: string, response: ServerResponse): void
  /** How many connections closed before their response was whole. */
  closed(): number
}

export function serveSlowly(): SlowServer {
  let closed = 0
  const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
    'Patient/hang': () => undefined,
    'Binary/whole': (response) => {
      response.writeHead(200, {
        'content-type': 'application/pdf',
        'content-length': 3 * MB.length,
      })
      for (let sent = 0; sent < 3; sent += 1) response.write(MB)
      response.end()
    },
    'Binary/broken': (response) => {
      response.writeHead(200, {
        'content-type': 'application/pdf',
        'content-length': 3 * MB.length,
      })
      response.write(MB, () => response.destroy())
    },
    'Binary/endless': (response) => {
      response.writeHead(200, { 'content-type': 'application/pdf' })
      const timer = setInterval(() => response.write('x'.repeat(10_000)), 20)
      response.on('close', () => {
        clearInterval(timer)
      })
    },
  }
  return {
    answer: (path, response) => {
      response.on('close', () => {
        closed += response.writableFinished ? 0 : 1
      })
      const act = answers[path]
      if (act === undefined) response.writeHead(404).end()
      else act(response)
    },
    closed: () => closed,
  }
}
