/** A public sample database as many tenants: each a copy in a schema of its own, with rows of its own. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import { connect } from '../../src/postgres/connect.ts'
import { checkout } from '../helpers/program.ts'

const folder = join(checkout, '../shared/data')

export type Real = {
  readonly name: string
  /** Makes the rows of a tenant its own: `:no` is its number. */
  readonly own: string
  /** What an application asks; answered alike before and after. */
  readonly queries: readonly string[]
}

export const fileOf = (name: string): string => join(folder, `${name}.sql`)

export const isThere = ({ name }: Pick<Real, 'name'>): boolean => existsSync(fileOf(name))

export const tenantName = (no: number): string => `shop_${String(no).padStart(4, '0')}`

/** A backend remembers every table it has seen. */
const perConnection = 50

export async function buildTenants(url: string, real: Real, tenants: number): Promise<void> {
  // What a dump of 2010 sets, Postgres 12 does not know.
  const dump = readFileSync(fileOf(real.name), 'utf8').replace(/^SET default_with_oids.*$/m, '')
  const first = await connect(url, 'test')
  await first.query(`create schema model; set search_path to model; ${dump}`)
  const copy = await copyText(first)
  await first.end()
  for (let from = 1; from <= tenants; from += perConnection) {
    const client = await connect(url, 'test')
    for (let no = from; no < Math.min(tenants + 1, from + perConnection); no++) {
      await client.query(
        `begin; create schema ${tenantName(no)}; set local search_path to ${tenantName(no)}; ${copy} ${real.own.replaceAll(':no', String(no))}; commit`,
      )
    }
    await client.end()
  }
  const last = await connect(url, 'test')
  await last.query('drop schema model cascade; analyze')
  await last.end()
}

/** Statements that make the model's tables, rows and foreign keys in whichever schema is searched. */
async function copyText(client: pg.Client): Promise<string> {
  const { rows: tables } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'model'::regnamespace and relkind = 'r' order by 1`,
  )
  const { rows: keys } = await client.query<{ text: string }>(
    `select format('alter table %I add constraint %I %s', c.relname, k.conname, replace(pg_get_constraintdef(k.oid), 'model.', '')) as text
     from pg_constraint k join pg_class c on c.oid = k.conrelid
     where k.contype = 'f' and c.relnamespace = 'model'::regnamespace order by 1`,
  )
  return [
    ...tables.map(
      ({ name }) =>
        `create table ${name} (like model.${name} including all); insert into ${name} select * from model.${name};`,
    ),
    ...keys.map(({ text }) => `${text};`),
  ].join('\n')
}
