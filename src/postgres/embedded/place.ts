/**
 * Where an embedded server lives: a directory with our marker, the superuser's password and the data. It is
 * `<home>/postgres`, or, where root's server account cannot reach that (a 0700 home, /root), a directory outside
 * that `<home>/embedded.json` remembers. Only a directory that carries our marker is ever used or removed.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { RowhouseError } from '../../errors.ts'
import { type Account, holdsFor } from './account.ts'

export type Place = {
  readonly directory: string
  /** The data directory; absent until the first start made it. */
  readonly data: string
  readonly password: string
}

type Marker = { readonly id: string; readonly home: string; readonly password: string }

const markerOf = (directory: string) => join(directory, 'rowhouse-embedded.json')
const recordOf = (home: string) => join(home, 'embedded.json')

/**
 * The place that this home already has; undefined when it has none.
 * @throws RowhouseError RH144 when the directory is there and is not ours, RH143 when we may not read it
 */
export function knownPlace(home: string): Place | undefined {
  const record = readJson<{ id: string; place: string }>(recordOf(home))
  const directory = resolve(home, record?.place ?? 'postgres')
  if (!fs.existsSync(directory)) return undefined
  const marker = ours(directory)
  if (marker === undefined || (record !== undefined && record.id !== marker.id)) {
    throw new RowhouseError('RH144', {
      message: `${directory} does not carry the marker of this house, so it is neither used nor removed`,
      hint: 'move it away, or set ROWHOUSE_HOME to another directory',
    })
  }
  // A copied checkout remembers the original's place outside; the two must not share one server.
  const original = readJson<{ id: string }>(recordOf(marker.home))
  const outside = dirname(directory) !== home
  if (outside && marker.home !== home && original?.id === marker.id) return undefined
  return asPlace(directory, marker)
}

/** The places to try for a new server, best first: [parent, name]. */
export function candidates(home: string, account: Account): readonly (readonly [string, string])[] {
  const outside = `rowhouse-${createHash('sha256').update(home).digest('hex').slice(0, 12)}`
  const elsewhere = ['/var/lib', '/var/tmp', '/opt', tmpdir()].map(parent => [parent, outside] as const)
  return [[home, 'postgres'] as const, ...(account === undefined ? [] : elsewhere)]
}

/** Makes a place under `parent`; undefined when the account could not work there, or the name is taken. */
export function makePlace(home: string, [parent, name]: readonly [string, string], account: Account) {
  const directory = join(parent, name)
  const unfinished = `${directory}.${process.pid}`
  try {
    fs.mkdirSync(unfinished)
  } catch {
    return undefined
  }
  // The marker is there before the name is, so that nobody ever meets an unmarked directory of ours.
  const marker: Marker = { id: randomUUID(), home, password: randomBytes(24).toString('base64url') }
  fs.writeFileSync(markerOf(unfinished), `${JSON.stringify(marker, null, 2)}\n`, { mode: 0o600 })
  fs.chmodSync(unfinished, account === undefined ? 0o700 : 0o711)
  try {
    if (!canWorkIn(unfinished, account)) return undefined
    fs.renameSync(unfinished, directory)
    return asPlace(directory, marker)
  } catch {
    return undefined
  } finally {
    fs.rmSync(unfinished, { recursive: true, force: true })
  }
}

/** Remembers where the server lives. Inside `home` the path is relative: a checkout can be moved. */
export function remember(home: string, place: Place): void {
  const marker = ours(place.directory)
  const path = place.directory === join(home, 'postgres') ? 'postgres' : place.directory
  const text = `${JSON.stringify({ id: marker?.id, place: path }, null, 2)}\n`
  if (readText(recordOf(home)) !== text) fs.writeFileSync(recordOf(home), text, { mode: 0o600 })
}

export function forget(home: string, place: Place): void {
  fs.rmSync(place.directory, { recursive: true, force: true })
  fs.rmSync(recordOf(home), { force: true })
}

/** A directory that the account owns, made by us: only it can write there. */
export function makeOwned(directory: string, account: Account): void {
  fs.mkdirSync(directory, { mode: 0o700 })
  if (account !== undefined) fs.chownSync(directory, account.uid, account.gid)
}

function canWorkIn(directory: string, account: Account): boolean {
  const probe = join(directory, 'probe')
  makeOwned(probe, account)
  const works = holdsFor(account, 'cd "$0" && : > written', probe)
  fs.rmSync(probe, { recursive: true })
  return works
}

/** The marker, when the directory was made by this user: in /tmp anybody can make one that looks alike. */
function ours(directory: string): Marker | undefined {
  const stat = fs.lstatSync(directory)
  const uid = process.getuid?.()
  if (!stat.isDirectory() || (uid !== undefined && uid !== stat.uid && uid !== 0)) return undefined
  if (uid === 0 && stat.uid !== 0 && (stat.mode & 0o022) !== 0) return undefined
  return readJson<Marker>(markerOf(directory))
}

const asPlace = (directory: string, { password }: Marker): Place =>
  Object.freeze({ directory, data: join(directory, 'data'), password })

function readText(path: string): string | undefined {
  try {
    return fs.readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new RowhouseError('RH143', {
      message: `${path} cannot be read: ${(error as Error).message}`,
      hint: 'run as the user who started it first, or set ROWHOUSE_HOME to a directory of your own',
      cause: error,
    })
  }
}

function readJson<T>(path: string): T | undefined {
  const text = readText(path)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as T
  } catch {
    return undefined
  }
}
