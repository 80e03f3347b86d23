/** One customer's database for a test, and what inspection says of it, in few words. */
import { inspectScope, type ScopeFound, type ScopeTable } from '../../../src/engine/scope/inspect.ts'
import { pathText } from '../../../src/engine/scope/paths.ts'
import type { FreeBytes } from '../../../src/engine/scope/space.ts'
import type { ScopeFile } from '../../../src/engine/scope/specFile.ts'
import { withClient } from '../../../src/postgres/connect.ts'
import { database } from '../../helpers/database.ts'

export const change = (url: string, sql: string) => withClient(url, 'test', client => client.query(sql))

/** A database with these statements run in it. */
export async function customer(sql: string): Promise<string> {
  const { url } = await database()
  await change(url, sql)
  return url
}

/** What a file says besides its kind. */
export type Said = Omit<ScopeFile, 'kind'>

export const file = (said: Said = {}): ScopeFile => ({ kind: 'single', ...said })

export const inspected = (url: string, said: Said = {}, freeBytes?: FreeBytes): Promise<ScopeFound> =>
  withClient(url, 'inspect', client =>
    inspectScope(client, file(said), freeBytes === undefined ? {} : { freeBytes }),
  )

export function tableOf({ inspection }: ScopeFound, source: string): ScopeTable {
  const table = inspection.tables.find(one => one.source === source)
  if (table === undefined) throw new Error(`no table ${source}`)
  return table
}

/** Table → class, and the way in words. */
export const classes = ({ inspection }: ScopeFound): Record<string, string> =>
  Object.fromEntries(
    inspection.tables.map(({ source, class: kind, path }) => [
      source,
      path.length > 0 ? `${kind}: ${pathText(path)}` : kind,
    ]),
  )

export const hazardsOf = ({ inspection }: ScopeFound, code: string) =>
  inspection.hazards.filter(hazard => hazard.code === code)

/** People of three companies, what they uploaded, and what was in it. */
export const shop = `
create table users (id serial primary key, email text not null unique, company text, password_hash text);
create table uploads (id serial primary key, user_id int not null references users, title text);
create table entries (id serial primary key, user_id int not null references users, upload_id int not null references uploads, ean text);
create index on entries (ean);
create table logs (id serial primary key, upload_id int not null, said text);
create table currencies (code text primary key);
create table schema_migrations (version text primary key);
insert into users (email, company) values ('a@acme.example', 'Acme'), ('b@acme.example', 'Acme'), ('c@globex.example', 'Globex');
insert into uploads (user_id, title) values (1, 'one'), (2, 'two'), (3, 'three');
insert into entries (user_id, upload_id) select user_id, id from uploads, generate_series(1, 3);
insert into logs (upload_id) select id from uploads;
insert into currencies values ('EUR');`

/** The decisions that give the shop's rows to their companies. */
export const companies: Said = {
  organizations: { acme: { name: 'Acme' }, globex: { name: 'Globex' } },
  tables: { users: { owner: { column: 'company' } } },
}
