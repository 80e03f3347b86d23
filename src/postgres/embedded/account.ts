/**
 * Who runs the embedded server. Postgres refuses to run as root; a container's or CI's root has no other user
 * to be, so the server then runs under an unprivileged account that is already there. Nothing is ever added to
 * the machine's users.
 */
import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { RowhouseError } from '../../errors.ts'

/** Undefined: as the user who runs us. */
export type Account = { readonly name: string; readonly uid: number; readonly gid: number } | undefined

/**
 * Data that is already there stays with its owner: the machine may have got another account since, or root may
 * stand in a user's checkout.
 * @throws RowhouseError RH143 for a root without any account to run Postgres under
 */
export function serverAccount(data: string | undefined): Account {
  if (process.getuid?.() !== 0) return undefined
  const owner = data === undefined ? undefined : statSync(data, { throwIfNoEntry: false })
  if (owner !== undefined && owner.uid !== 0)
    return { name: `user ${owner.uid}`, uid: owner.uid, gid: owner.gid }
  for (const name of ['postgres', 'nobody']) {
    const uid = numberOf('-u', name)
    const gid = numberOf('-g', name)
    if (uid !== undefined && gid !== undefined && uid !== 0) return { name, uid, gid }
  }
  throw new RowhouseError('RH143', {
    message: 'Postgres refuses to run as root, and this machine has neither a user "postgres" nor "nobody"',
    hint: 'run the same command as another user, or set DATABASE_URL to a server of your own',
  })
}

function numberOf(option: string, name: string): number | undefined {
  const { status, stdout } = spawnSync('id', [option, name], { encoding: 'utf8' })
  return status === 0 && /^\d+\s*$/.test(stdout) ? Number(stdout) : undefined
}

/**
 * What a child process of the server's account is started with. The environment is bare on purpose: a PGDATA
 * or a locale of the person who types must not change the server.
 */
export const startedAs = (account: Account, directory: string) => ({
  cwd: directory,
  env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' },
  ...(account && { uid: account.uid, gid: account.gid }),
})

/** Whether a shell test (`"$0"` is the path) holds for that account: permissions are tried, never computed. */
export function holdsFor(account: Account, script: string, path: string): boolean {
  return spawnSync('/bin/sh', ['-c', script, path], startedAs(account, '/')).status === 0
}
