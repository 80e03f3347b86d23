/**
 * Secrets that nobody had to choose: derived from one random file under `ROWHOUSE_HOME`, made on first need, for
 * machines that are not in production. What may fail here is the disk.
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RowhouseError } from '../errors.ts'

/**
 * A secret of its own for each purpose: knowing one says nothing of another.
 * @returns 64 hex digits, the same for the same home
 * @throws RowhouseError RH144 when the file cannot be made or is not one of ours
 */
export function derivedSecret(home: string, purpose: string): string {
  return createHmac('sha256', rootSecret(home)).update(purpose).digest('hex')
}

function rootSecret(home: string): Buffer {
  const file = join(home, 'secret')
  const failure = (cause: unknown) =>
    new RowhouseError('RH144', {
      message: `${file} cannot be used as the file of secrets`,
      hint: 'set ROWHOUSE_HOME to a folder that can be written, or set JWT_SECRET and AUTHENTICATOR_URL',
      cause,
    })
  try {
    mkdirSync(home, { recursive: true })
    return read(file) ?? make(file)
  } catch (error) {
    throw error instanceof RowhouseError ? error : failure(error)
  }

  function read(path: string): Buffer | undefined {
    let text: string
    try {
      text = readFileSync(path, 'utf8').trim()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
    if (!/^[0-9a-f]{64}$/.test(text)) throw failure(undefined)
    return Buffer.from(text, 'hex')
  }

  /** Two processes may need it in the same moment: a link appears whole or not at all, and never replaces. */
  function make(path: string): Buffer {
    const draft = `${path}.${process.pid}`
    writeFileSync(draft, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 })
    try {
      linkSync(draft, path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    } finally {
      rmSync(draft, { force: true })
    }
    return read(path) as Buffer
  }
}

/**
 * What `alter role … password` stores (RFC 5803): sent instead of the password, so that no log of statements has it.
 * @param password ASCII, as derived here: other letters would need SASLprep
 */
export function scramVerifier(password: string): string {
  const iterations = 4096
  const salt = randomBytes(16)
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const sign = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest()
  const storedKey = createHash('sha256').update(sign(salted, 'Client Key')).digest('base64')
  const serverKey = sign(salted, 'Server Key').toString('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`
}
