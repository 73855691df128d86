// A Bluesky PDS and its PLC directory in one process, for tests: loopback only, gone when stdin closes.
//
//   node start.mjs NODE_MODULES DATA_DIRECTORY
//
// Prints one JSON line, {"pds": "http://localhost:PORT", "plc": "http://localhost:PORT"}, once both answer.
// Everything but the PLC directory (which lives in memory) is kept in DATA_DIRECTORY, which is removed at the end.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const [modules, data] = process.argv.slice(2).map((path) => resolve(path))

/** The packages are not installed beside this file, so plain `import 'name'` would not find them. */
async function load(name) {
  const require = createRequire(pathToFileURL(join(modules, 'start.mjs')))
  return import(pathToFileURL(require.resolve(name)))
}

/** A server on a free loopback port: opened before its app exists, because the PDS must know its own address. */
async function open() {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: server.address().port, url: `http://localhost:${server.address().port}` }
}

async function startPlc(door) {
  const { default: plc } = await load('@did-plc/server')
  door.server.on('request', plc.PlcServer.create({ db: plc.Database.mock() }).app)
}

async function startPds(door, plcUrl) {
  const { PDS, envToCfg, envToSecrets } = await load('@atproto/pds')
  const secret = () => randomBytes(32).toString('hex')
  const env = {
    devMode: true,
    port: door.port,
    hostname: 'localhost',
    dataDirectory: data,
    blobstoreDiskLocation: join(data, 'blobs'),
    didPlcUrl: plcUrl,
    inviteRequired: false,
    serviceHandleDomains: ['.test'],
    jwtSecret: secret(),
    adminPassword: secret(),
    plcRotationKeyK256PrivateKeyHex: secret(),
  }
  const pds = await PDS.create(envToCfg(env), envToSecrets(env))
  // Not pds.start(): that would listen on every interface. Only its event stream (the firehose) is lost.
  await pds.ctx.sequencer.start()
  door.server.on('request', pds.app)
}

function stop() {
  rmSync(data, { recursive: true, force: true })
  process.exit(0)
}

process.stdin.on('end', stop).on('error', stop).resume()
process.on('SIGTERM', stop)

const [plc, pds] = [await open(), await open()]
await startPlc(plc)
await startPds(pds, plc.url)
console.log(JSON.stringify({ pds: pds.url, plc: plc.url }))
