/** Serves the built site on loopback as a static host does: `node serve.mjs` prints its address. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { base } from './base.mjs'

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
}

export async function serve(folder, { port = 0, base: under = '/' } = {}) {
  const server = createServer(async ({ url = '/' }, response) => {
    const asked = normalize(decodeURIComponent(new URL(url, 'http://site').pathname))
    // Outside of the base is another project's site.
    const path = asked.startsWith(under) ? asked.slice(under.length - 1) : '/outside-of-the-base'
    for (const file of [path, `${path}.html`, join(path, 'index.html')]) {
      try {
        const content = await readFile(join(folder, file))
        response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream')
        return response.end(content)
      } catch {
        // The next form of the name.
      }
    }
    response.statusCode = 404
    response.end('not found')
  })
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      }),
  }
}

if (process.argv[1] === import.meta.filename) {
  const { origin } = await serve(`${import.meta.dirname}/dist`, { port: 4173, base })
  console.log(origin + base)
}
