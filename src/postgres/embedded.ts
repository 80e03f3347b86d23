/**
 * A Postgres of our own, for whoever has none: the binaries come from npm, everything it writes is under one
 * directory with our marker. What may fail here is the machine: a platform without binaries, an account that
 * cannot reach them, another run that is still going, data of another version.
 */
import { existsSync, mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { RowhouseError } from '../errors.ts'
import { connect } from './connect.ts'
import { type Account, holdsFor, serverAccount } from './embedded/account.ts'
import { freePort, urlOf } from './embedded/address.ts'
import { type Binaries, installedBinaries, runnableBinaries } from './embedded/binaries.ts'
import { type Claim, claim } from './embedded/claim.ts'
import { checkVersion, ensureCluster } from './embedded/cluster.ts'
import { candidates, forget, knownPlace, makePlace, type Place, remember } from './embedded/place.ts'
import { type Postmaster, type Settings, spawnPostmaster } from './embedded/postmaster.ts'
import { clearPredecessor, inUse } from './embedded/predecessor.ts'

export type EmbeddedEvent =
  /** The first start: initdb ran. `directory` may be outside `home` (see place.ts). */
  | { readonly kind: 'embedded-created'; readonly directory: string }
  /** A server that outlived its owner was stopped. */
  | { readonly kind: 'embedded-orphan-stopped'; readonly pid: number }
  | { readonly kind: 'embedded-ready'; readonly port: number; readonly milliseconds: number }
  /** It ended although nobody stopped it; the log says why. */
  | { readonly kind: 'embedded-lost'; readonly log: string }

export type EmbeddedServer = {
  /** The superuser's address, database `postgres`, with the password. */
  readonly url: string
  readonly port: number
  readonly pid: number
  readonly dataDirectory: string
  /** Such as `18.4`. */
  readonly version: string
  readonly log: string
  /** Resolves when the server ended, by `stop` or by itself. */
  readonly exited: Promise<void>
  /** Fast shutdown. May be called twice. */
  stop(): Promise<void>
}

export type EmbeddedOptions = {
  /** Absolute or relative; made when absent. */
  readonly home: string
  /** False for tests: no fsync, data survives a killed process but not a killed machine. */
  readonly durable?: boolean
  readonly settings?: Settings
  readonly onEvent?: (event: EmbeddedEvent) => void
}

/** On a disk that syncs, the durable settings are Postgres' own defaults. */
const notDurable: Settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: 0,
}

/**
 * Starts the server that lives under `home`, making it first when there is none. It stops with this process,
 * however that ends.
 * @throws RowhouseError RH141 data of another version, RH142 in use by another run, RH143 it cannot run here,
 *   RH144 a directory that is not ours is in the way
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const { durable = true, settings = {}, onEvent = () => {} } = options
  const began = performance.now()
  const home = ensureHome(options.home)
  const known = knownPlace(home)
  const account = serverAccount(known?.data)
  const { place, binaries } = findPlace(home, known, installedBinaries(), account)
  checkVersion(place, binaries)
  const orphan = await clearPredecessor(place)
  if (orphan !== undefined) onEvent({ kind: 'embedded-orphan-stopped', pid: orphan })
  if (ensureCluster(place, binaries, account, durable))
    onEvent({ kind: 'embedded-created', directory: place.data })

  const log = join(home, 'postgres.log')
  const running = await start(place, binaries, account, { ...(durable ? {} : notDurable), ...settings }, log)
  const { postmaster, owned, port, url, version } = running
  onEvent({ kind: 'embedded-ready', port, milliseconds: Math.round(performance.now() - began) })

  let stopping = false
  postmaster.exited.then(async () => {
    await owned.release()
    if (!stopping) onEvent({ kind: 'embedded-lost', log })
  })
  return {
    url,
    port,
    pid: postmaster.pid,
    dataDirectory: place.data,
    version,
    log,
    exited: postmaster.exited,
    async stop() {
      stopping = true
      await owned.release()
      await postmaster.stop()
    },
  }
}

/**
 * Removes the embedded server of `home` with all its data. Nothing happens when there is none.
 * @throws RowhouseError RH144 when the directory does not carry our marker, RH142 when it is running
 */
export async function removeEmbedded(home: string): Promise<void> {
  const real = ensureHome(home)
  const place = knownPlace(real)
  if (place === undefined) return
  await clearPredecessor(place)
  forget(real, place)
}

/** The real path: a place outside is named after it, and Postgres writes it into its files. */
function ensureHome(home: string): string {
  // Others may pass through (0711) and read nothing: root's server account must reach what is below.
  mkdirSync(home, { recursive: true, mode: 0o711 })
  return realpathSync(home)
}

function findPlace(
  home: string,
  known: Place | undefined,
  installed: Binaries,
  account: Account,
): { place: Place; binaries: Binaries } {
  const binaries = known && runnableBinaries(installed, known.directory, account)
  const made = known !== undefined && existsSync(known.data)
  if (known && binaries && (!made || holdsFor(account, 'cd "$0"', known.data))) {
    remember(home, known)
    return { place: known, binaries }
  }
  if (made) {
    // Never a new, empty server elsewhere because the old one is out of reach.
    throw new RowhouseError('RH143', {
      message: `${known.data} holds this house's data, and ${account?.name ?? 'this user'} can no longer reach it`,
      hint: `let others pass through the directories above it (chmod o+x), or begin again: npm start -- --reset`,
    })
  }
  for (const candidate of candidates(home, account)) {
    const place = makePlace(home, candidate, account) ?? undefined
    const runnable = place && runnableBinaries(installed, place.directory, account)
    if (place && runnable) {
      remember(home, place)
      return { place, binaries: runnable }
    }
    if (place) forget(home, place)
  }
  throw new RowhouseError('RH143', {
    message: `the embedded Postgres finds no directory to live in: tried ${home} and the usual ones outside`,
    detail: account && `it runs as "${account.name}", because Postgres refuses to run as root`,
    hint: `set ROWHOUSE_HOME to a directory that ${account?.name ?? 'you'} can write to, or DATABASE_URL to a server`,
  })
}

type Running = { postmaster: Postmaster; owned: Claim; port: number; url: string; version: string }

async function start(place: Place, binaries: Binaries, account: Account, settings: Settings, log: string) {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    const postmaster = spawnPostmaster(place, binaries, account, { port, settings, log })
    const running = await whenReady(postmaster, urlOf(place, port), port)
    if (running !== undefined) return running
    await postmaster.stop()
    const said = postmaster.log()
    // Between the choice of the port and its use, somebody else took it.
    if (attempt < 5 && /could not bind|Address already in use/i.test(said)) continue
    if (/lock file .* already exists/.test(said))
      throw inUse(place, 'another run started it in the same moment')
    throw new RowhouseError('RH143', {
      message: 'the embedded Postgres did not start',
      detail: said.trim().split('\n').slice(-8).join('\n'),
      hint: `read ${log}`,
    })
  }
}

/** Undefined when it ended, or did not answer within two minutes (recovery after a crash takes its time). */
async function whenReady(postmaster: Postmaster, url: string, port: number): Promise<Running | undefined> {
  const deadline = Date.now() + 120_000
  while (!postmaster.hasExited() && Date.now() < deadline) {
    try {
      const client = await connect(url, 'start')
      const { rows } = await client.query('show server_version')
      await client.end()
      return { postmaster, owned: await claim(url), port, url, version: String(rows[0]?.server_version) }
    } catch (error) {
      if (error instanceof RowhouseError && error.code === 'RH102') return undefined
      await sleep(15)
    }
  }
  return undefined
}
