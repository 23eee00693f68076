/** Ways to connect with a client certificate: `open({ ca, client, origins })` gives `get(url)`. */
import { createSecureContext } from 'node:tls'
import { Agent, request } from 'undici'
import { nodeTransport } from '../../dist/node/index.js'

/** All names lead to this machine. */
const lookup = (_name, { all }, callback) =>
  all === true ? callback(null, [LOOPBACK]) : callback(null, LOOPBACK.address, LOOPBACK.family)

const LOOPBACK = { address: '127.0.0.1', family: 4 }

function bare(connect) {
  const dispatcher = new Agent({ connect: { ...connect, lookup } })
  return async (url) => {
    const { body } = await request(url, { dispatcher })
    return body.json()
  }
}

function ours(options) {
  const transport = nodeTransport({ ...options, lookup, lookupGuard: false })
  return async (url) => {
    const { signal } = new AbortController()
    const { body } = await transport.send({ url, method: 'GET', headers: {}, signal })
    const pieces = []
    for await (const piece of body) pieces.push(piece)
    return JSON.parse(Buffer.concat(pieces).toString())
  }
}

export const contenders = {
  'one SecureContext': ({ ca, client }) =>
    bare({ secureContext: createSecureContext({ ca, ...client }) }),
  'cert, key and ca each time': ({ ca, client }) => bare({ ca, ...client }),
  nodeTransport: ({ ca, client, origins }) => ours({ ca, ...client, origins }),
}
