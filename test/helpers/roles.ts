/** Roles belong to a server, not to a database: tests beside each other meet in them. */
import { setTimeout as wait } from 'node:timers/promises'
import { withClient } from '../../src/postgres/connect.ts'
import { ident } from '../../src/postgres/identifiers.ts'
import { serverUrl } from './run.ts'

/**
 * Drops roles, once the databases are gone in which they own or may do something; what is not there is dropped already.
 * The core takes `temporary` from PUBLIC and gives it to every login there is, of other tests too: those rights go with
 * the role, and where a neighbour gives one in the same moment, it is tried again.
 */
export const dropRoles = (...roles: readonly string[]): Promise<void> =>
  withClient(serverUrl(), 'test roles', async client => {
    for (const role of roles) {
      const drop = async (attempts: number): Promise<void> => {
        const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role])
        if (rowCount === 0) return
        try {
          await client.query(`drop owned by ${ident(role)}; drop role ${ident(role)}`)
        } catch (error) {
          // The right may also be on a database that a neighbour is just building, or just dropping.
          const { code } = error as { code?: string }
          if (attempts === 1 || !['2BP01', 'XX000', '3D000', '42704'].includes(code ?? '')) throw error
          await wait(300)
          await drop(attempts - 1)
        }
      }
      await drop(10)
    }
  })
