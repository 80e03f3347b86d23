/**
 * The old application at work while its database is scoped: writers and readers with plain grants, that never wait
 * longer than 100 ms for a lock. It knows what it wrote, so that what is lost is noticed.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { connect, withClient } from '../../../src/postgres/connect.ts'
import { ident } from '../../../src/postgres/identifiers.ts'
import { dropRoles } from '../../helpers/roles.ts'
import { runPrefix } from '../../helpers/run.ts'

const password = 'only for tests'

export type Application = {
  readonly role: string
  /** The address with the application's login. */
  readonly url: string
  /** A connection of the application's. */
  connect(): Promise<pg.Client>
  /** Writers and readers that go on until they are stopped. */
  start(writers: number, readers: number, options?: { readonly moving: () => boolean }): Work
}

export type Work = {
  /** What failed first: SQLSTATE, message and statement. */
  readonly failures: readonly string[]
  /** Statements that went through. */
  statements(): number
  /** By table: keys that were written and not deleted, as text. */
  stop(): Promise<ReadonlyMap<string, ReadonlySet<string>>>
}

export const companies = [
  'Müller & Söhne cnry-0001-',
  "L'Étoile du Nord cnry-0002-",
  'Initech "Global" cnry-0003-',
  null,
]

/** A login with plain grants on everything in `public`, its own for each file. */
export async function application(url: string, name: string): Promise<Application> {
  const role = `${runPrefix()}${name}`
  await withClient(url, 'test', client =>
    client.query(`create role ${ident(role)} login password '${password}';
grant select, insert, update, delete on all tables in schema public to ${ident(role)};
grant usage on all sequences in schema public to ${ident(role)}`),
  )
  const own = new URL(url)
  own.username = role
  own.password = password
  const open = async () => {
    const client = await connect(own.toString(), 'of the old application')
    await client.query(
      `set application_name to 'sellout'; set lock_timeout to '100ms'; set search_path to public`,
    )
    return client
  }
  return {
    role,
    url: own.toString(),
    connect: open,
    start: (writers, readers, options) => start(open, writers, readers, options),
  }
}

/** Once its databases are gone. */
export const dropApplication = ({ role }: Pick<Application, 'role'>) => dropRoles(role)

/** @param moving whether uploads go from one company's people to another's at the moment */
const working = new Set<() => Promise<unknown>>()
/** A test that fails half-way leaves it at work. */
afterEach(async () => {
  for (const stop of [...working]) await stop()
})

function start(
  open: () => Promise<pg.Client>,
  writers: number,
  readers: number,
  { moving }: { readonly moving: () => boolean } = { moving: () => false },
): Work {
  const failures: string[] = []
  const kept = new Map<string, Set<string>>(
    [
      'users',
      'uploads',
      'sellout_entries2',
      'processing_logs',
      'transform_logs',
      'email_logs',
      'products',
      'email_domains',
    ].map(table => [table, new Set()]),
  )
  const of = (table: string) => kept.get(table) as Set<string>
  let count = 0
  let going = true

  const worker = async (work: (ask: Ask, round: number) => Promise<void>) => {
    const client = await open()
    const ask: Ask = async (text, values = []) => {
      try {
        const { rows } = await client.query({ text, values: [...values] })
        count += 1
        return rows
      } catch (error) {
        const { code, message } = error as { code?: string; message: string }
        if (failures.length < 10) failures.push(`${code}: ${message}: ${text}`)
        throw error
      }
    }
    for (let round = 0; going; round++) {
      // What failed is told already; the application goes on, as an application does.
      await work(ask, round).catch(() => client.query('rollback').catch(() => {}))
      await wait(3)
    }
    await client.end()
  }
  const all = [
    ...Array.from({ length: writers }, (_, no) => worker(writer(no, of, moving))),
    ...Array.from({ length: readers }, () => worker(read)),
  ]
  const stop = async () => {
    going = false
    await Promise.all(all)
    working.delete(stop)
    return kept
  }
  working.add(stop)
  return { failures, statements: () => count, stop }
}

type Ask = (text: string, values?: readonly unknown[]) => Promise<Record<string, string>[]>

async function read(ask: Ask, round: number): Promise<void> {
  await ask('select count(*) from sellout_entries2 where year = $1', [2023])
  await ask('select * from uploads order by created_at desc limit 20')
  await ask('select u.email, f.filename from users u join uploads f on f.user_id = u.id limit 50')
  if (round % 5 === 0) {
    await ask('begin isolation level repeatable read')
    await ask('select count(*) from users')
    await ask('select count(*) from processing_logs l join uploads f on f.id = l.upload_id')
    await ask('commit')
  }
}

/** People sign up, upload, correct and delete; each writer has people of its own, and they sign up again as it goes. */
function writer(no: number, of: (table: string) => Set<string>, moving: () => boolean) {
  const people: string[] = []
  const insert = async (
    ask: Ask,
    table: string,
    text: string,
    values: readonly unknown[],
  ): Promise<string> => {
    const [row] = await ask(text, values)
    const [key = ''] = Object.values(row ?? {}).map(String)
    of(table).add(key)
    return key
  }
  return async (ask: Ask, round: number): Promise<void> => {
    const name = `${no}-${round}`
    const person = await insert(
      ask,
      'users',
      'insert into users (email, full_name, company) values ($1, $2, $3) returning id',
      [`p${name}@writer${no}.example`, `Person ${name}`, companies[round % companies.length]],
    )
    people.push(person)
    await ask('begin')
    const upload = await insert(
      ask,
      'uploads',
      `insert into uploads (user_id, filename, storage_key, reseller, reported_month, file_size, checksum)
       values ($1, $2::text, $2::text, 'reseller', '2024-05-01', 10, '\\x00') returning id`,
      [person, `f${name}`],
    )
    const entries: string[] = []
    for (let line = 0; line < 3; line++)
      entries.push(
        await insert(
          ask,
          'sellout_entries2',
          `insert into sellout_entries2 (user_id, upload_id, reseller, year, month, quantity, sales_eur) values ($1, $2, 'reseller', 2024, 5, 1, 1) returning id`,
          [person, upload],
        ),
      )
    await ask('commit')
    const log = await insert(
      ask,
      'processing_logs',
      `insert into processing_logs (upload_id, stage, message) values ($1, 'received', 'x') returning id`,
      [upload],
    )
    await insert(
      ask,
      'transform_logs',
      `insert into transform_logs (upload_id, entry_id, row_no, rule) values ($1, $2, 1, 'trim') returning id`,
      [upload, entries[0]],
    )
    await insert(ask, 'email_logs', mail, [person, `p${name}@writer${no}.example`])
    await insert(
      ask,
      'products',
      `insert into products (ean, name, category, created_by_id) values ($1, $2, 'toys', $3)
       on conflict (ean) do update set name = excluded.name, created_by_id = excluded.created_by_id returning id`,
      [`w${no}-${round % 7}`, `n${name}`, person],
    )
    await insert(
      ask,
      'email_domains',
      `insert into email_domains (domain, company) values ($1, $2) on conflict (domain) do update set added_at = now() returning domain`,
      [`d${no}-${round % 12}.example`, companies[(round % 12) % 3]],
    )
    await ask(
      `update sellout_entries2 set quantity = quantity + 1, updated_at = now() where upload_id = $1`,
      [upload],
    )
    await ask(`update uploads set status = 'completed' where id = $1`, [upload])
    // Rows that were there before, too.
    await ask(
      `update uploads set took = '1 s' where id in (select id from uploads order by md5(id::text || $1) limit 2)`,
      [name],
    )
    const other = people[Math.floor((people.length * ((round * 7) % 11)) / 11)]
    if (moving() && round % 2 === 0 && other !== undefined) {
      await ask('begin')
      await ask('update uploads set user_id = $2 where id = $1', [upload, other])
      await ask('update sellout_entries2 set user_id = $2 where upload_id = $1', [upload, other])
      await ask('commit')
    }
    if (round % 3 === 2) {
      await ask('delete from processing_logs where id = $1', [log])
      of('processing_logs').delete(log)
      const [gone] = entries
      await ask('delete from sellout_entries2 where id = $1', [gone])
      of('sellout_entries2').delete(gone ?? '')
    }
  }
}

const mail = `insert into email_logs (user_id, recipient, subject, template, status) values ($1, $2, 'Hello', 'welcome', 'sent') returning id`
