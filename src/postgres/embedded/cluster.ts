/** The data directory: made once, under another name until it is whole, and only opened by its own version. */
import { spawnSync } from 'node:child_process'
import {
  chownSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { RowhouseError } from '../../errors.ts'
import { type Account, startedAs } from './account.ts'
import type { Binaries } from './binaries.ts'
import { makeOwned, type Place } from './place.ts'

export const superuser = 'postgres'

const hasCluster = (place: Place) => existsSync(place.data)

/**
 * The data directory must be of the version that opens it; Postgres itself would only say so in its log.
 * @throws RowhouseError RH141
 */
export function checkVersion(place: Place, { major }: Binaries): void {
  if (!hasCluster(place)) return
  const found = readFileSync(join(place.data, 'PG_VERSION'), 'utf8').trim()
  if (found === String(major)) return
  throw new RowhouseError('RH141', {
    message: `${place.data} is of Postgres ${found}, the embedded server is Postgres ${major}`,
    hint: 'npm start -- --reset makes it anew and loses what is in it; to keep that, dump it with the old version first',
  })
}

/**
 * Runs initdb unless that was done; says whether it did. UTF-8 and byte order whatever the machine's locale,
 * passwords for every connection, checksums on every page.
 * @throws RowhouseError RH143 with what initdb said
 */
export function ensureCluster(place: Place, binaries: Binaries, account: Account, durable: boolean): boolean {
  if (hasCluster(place)) return false
  removeUnfinished(place)
  const unfinished = `${place.data}.${process.pid}`
  const passwordFile = `${unfinished}.password`
  try {
    makeOwned(unfinished, account)
    writeFileSync(passwordFile, `${place.password}\n`, { mode: 0o600 })
    if (account !== undefined) chownSync(passwordFile, account.uid, account.gid)
    const argv = [
      `--pgdata=${unfinished}`,
      `--username=${superuser}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      ...(binaries.major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []),
      '--data-checksums',
      ...(durable ? [] : ['--no-sync']),
    ]
    const program = join(binaries.directory, 'bin', 'initdb')
    const result = spawnSync(program, argv, { ...startedAs(account, place.directory), encoding: 'utf8' })
    if (result.status !== 0) throw initdbFailure(place, result.error?.message ?? result.stderr.trim())
    return publish(unfinished, place)
  } finally {
    rmSync(passwordFile, { force: true })
    rmSync(unfinished, { recursive: true, force: true })
  }
}

function publish(unfinished: string, place: Place): boolean {
  try {
    renameSync(unfinished, place.data)
    return true
  } catch (error) {
    // Another start was faster: its data directory is as good as ours.
    if (!hasCluster(place)) throw error
    return false
  }
}

/** What a killed first start left behind. A living one is given ten minutes. */
function removeUnfinished(place: Place): void {
  for (const name of readdirSync(place.directory)) {
    const path = join(place.directory, name)
    if (/^data\.\d+/.test(name) && statSync(path).mtimeMs < Date.now() - 600_000) {
      rmSync(path, { recursive: true, force: true })
    }
  }
}

const initdbFailure = (place: Place, detail: string) =>
  new RowhouseError('RH143', {
    message: `initdb could not make a database in ${place.data}`,
    detail,
    hint: 'see what it says above: usually the disk is full or read-only',
  })
