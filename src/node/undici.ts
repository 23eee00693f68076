/**
 * The parts of undici that the transport is made of. They are named by file, because undici's index
 * replaces the dispatcher of Node's own `fetch` for the whole process when it is loaded.
 */
import buildConnector from 'undici/lib/core/connect.js'
import Client from 'undici/lib/dispatcher/client.js'

export { Client, buildConnector }
