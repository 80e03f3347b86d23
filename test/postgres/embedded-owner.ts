/** Starts a house and stays, so that a test can kill its owner. */
import { startEmbedded } from '../../src/postgres/embedded.ts'

const home = process.argv[2]
if (home === undefined) throw new Error('which home?')
const server = await startEmbedded({ home, onEvent: event => console.log(event.kind) })
console.log(`ready ${server.pid} port ${server.port}`)
