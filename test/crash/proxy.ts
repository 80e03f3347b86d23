/**
 * A listener between a program and Postgres that understands as much of the protocol as it takes to see every
 * statement, to hold one back, and to withhold its answer. No TLS: it refuses that, and clients go on without.
 */
import { createServer, type Server, type Socket, connect as tcp } from 'node:net'

export type Statement = {
  /** The connection's application_name. */
  readonly application: string
  /** Which connection of the proxy's: counted from 1. */
  readonly connection: number
  readonly text: string
  /** True for the extended protocol (bind parameters). */
  readonly prepared: boolean
}

/**
 * `pass`: forward it. `hold`: it never reaches Postgres. `mute`: Postgres gets it and answers, nobody hears that.
 */
export type Verdict = 'pass' | 'hold' | 'mute'

export type Proxy = {
  /** The address to give to the program. */
  readonly url: string
  readonly statements: readonly Statement[]
  /** How often Postgres was told to run something: a statement that was parsed once may be run many times. */
  executions(): number
  /** Where connections go from now on. */
  redirect(url: string): void
  /** Resolves when a statement was held, or the answer to a muted one has arrived. */
  stopped(): Promise<Statement>
  close(): Promise<void>
}

/** A test that fails half-way leaves its proxies open, and Jest would wait for them. */
const open = new Set<Proxy>()
afterAll(async () => {
  for (const proxy of [...open]) await proxy.close()
})

const sslRequest = 80_877_103
const gssRequest = 80_877_104

/** @param decide asked for each statement, in the order in which they arrive */
export async function startProxy(url: string, decide: (statement: Statement) => Verdict): Promise<Proxy> {
  let target = new URL(url)
  const statements: Statement[] = []
  let executions = 0
  let connections = 0
  const sockets = new Set<Socket>()
  let stop: (statement: Statement) => void = () => {}
  let stopping = new Promise<Statement>(resolve => {
    stop = resolve
  })

  const server: Server = createServer(client => {
    const upstream = tcp(Number(target.port || 5432), target.hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      // One answer is many small messages; waiting for acknowledgements between them took 40 ms each.
      socket.setNoDelay(true)
      // Either end gone: the other is cut too, as a network would.
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    const connection = ++connections
    let application = ''
    let held = false
    let muted: Statement | undefined

    splitter(client, 'startup', {
      startup(message) {
        const code = message.readInt32BE(4)
        if (code === sslRequest || code === gssRequest) {
          client.write('N')
          return 'startup'
        }
        application = startupParameter(message, 'application_name')
        upstream.write(message)
        return 'messages'
      },
      message(type, message) {
        if (type === 'Q' || type === 'E') executions += 1
        const prepared = type === 'P'
        if (held || !(type === 'Q' || prepared)) {
          if (!held) upstream.write(message)
          return
        }
        const [first = '', second = ''] = message.toString('utf8', 5).split('\0')
        const statement = { application, connection, text: prepared ? second : first, prepared }
        statements.push(statement)
        const verdict = decide(statement)
        if (verdict === 'mute') muted = statement
        if (verdict === 'hold') {
          held = true
          stop(statement)
        } else {
          upstream.write(message)
        }
      },
    })
    splitter(upstream, 'messages', {
      startup: () => 'messages',
      message(type, message) {
        if (muted === undefined) client.write(message)
        else if (type === 'Z') stop(muted)
      },
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  const own = new URL(url)
  own.hostname = '127.0.0.1'
  own.port = String(address.port)

  const proxy: Proxy = {
    url: own.toString(),
    statements,
    executions: () => executions,
    redirect(to) {
      target = new URL(to)
    },
    async stopped() {
      const statement = await stopping
      stopping = new Promise(resolve => {
        stop = resolve
      })
      return statement
    },
    async close() {
      open.delete(proxy)
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
  open.add(proxy)
  return proxy
}

type Reader = {
  /** The first packet has no type; says whether another of its kind follows. */
  startup(message: Buffer): 'startup' | 'messages'
  message(type: string, message: Buffer): void
}

/** Cuts a stream into the protocol's messages; only a client's begins with an untyped one. */
function splitter(socket: Socket, begin: 'startup' | 'messages', reader: Reader): void {
  let rest: Buffer = Buffer.alloc(0)
  let phase = begin
  socket.on('data', data => {
    rest = Buffer.concat([rest, data])
    for (;;) {
      const typed = phase === 'messages' ? 1 : 0
      if (rest.length < 4 + typed) return
      const length = rest.readInt32BE(typed) + typed
      if (rest.length < length) return
      const message = rest.subarray(0, length)
      rest = rest.subarray(length)
      if (typed === 0) phase = reader.startup(message)
      else reader.message(String.fromCharCode(message[0] ?? 0), message)
    }
  })
}

/** Names and values follow the version, each ended by a zero byte. */
function startupParameter(message: Buffer, name: string): string {
  const words = message.toString('utf8', 8).split('\0')
  const at = words.findIndex((word, index) => index % 2 === 0 && word === name)
  return at < 0 ? '' : (words[at + 1] ?? '')
}
