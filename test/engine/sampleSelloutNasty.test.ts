import type pg from 'pg'
import { buildSample } from '../../src/engine/sample/sample.ts'
import { connect } from '../../src/postgres/connect.ts'
import { ident } from '../../src/postgres/identifiers.ts'
import { database } from '../helpers/database.ts'
import { nobody, owners, ownersOf, ownRows } from './selloutOwners.ts'

const size = { system: 'sellout', tenants: 3, rows: 1_200, seed: 1 } as const

let client: pg.Client
beforeAll(async () => {
  client = await connect((await database()).url, 'test')
  await buildSample(client, size)
})
afterAll(() => client.end())

const one = async (sql: string, values: unknown[] = []) => (await client.query(sql, values)).rows[0]
const column = async (sql: string) =>
  (await client.query<{ line: string }>(`select line from (${sql}) as t (line)`)).rows.map(row => row.line)

/** Table → what → a condition that some row of every company meets. */
const nasty: Record<string, Record<string, string>> = {
  users: {
    'no password yet': 't.password_hash is null',
    'a token': 't.reset_token is not null',
    'an e-mail in capitals': 't.email <> lower(t.email)',
    'an id in jsonb': `t.preferences -> 'pinned_uploads' ->> 0 like 'cafe%'`,
    'nobody invited him': 't.invited_by_id is null',
    switched: 'not t.is_active',
  },
  products: {
    'not a number': `t.weight = 'NaN'`,
    'numeric that ends in zeros': `t.weight::text ~ '\\.500$'`,
    'null in jsonb': `t.attributes = 'null'`,
    'another product in jsonb': `t.attributes -> 'bundle' ->> 0 in (select ean from products)`,
    'an array with NULL': 'array_position(t.keywords, null) > 0',
    'an array that begins at 0': 'array_lower(t.keywords, 1) = 0',
    'a date without end': `t.launched_on = 'infinity'`,
    'a predecessor': 't.replaced_by_id is not null',
  },
  uploads: {
    'an enum label with a space': `t.status = 'rolled back'`,
    'a long text stored apart': 'length(t.error) > 19000',
    'no bytes': `t.checksum = ''`,
    'bytes with a zero': `position('\\x00'::bytea in t.checksum) > 0`,
    'an upload again': 't.replaces_id is not null',
    'a path that leads elsewhere': `t.storage_key like '%/../%'`,
    quotes: `t.reseller like '%''%"%'`,
    'beyond ASCII': `t.reseller like '%免税店%'`,
  },
  sellout_entries2: {
    'no EAN': 't.ean is null',
    'an EAN that is no product’s': 't.ean is not null and t.ean not in (select ean from products)',
    'an EAN of a product': 't.ean in (select ean from products)',
    'what came back': 't.quantity < 0 and t.sales_eur < 0',
    SQL: `t.comment like '%''); drop table%'`,
    emoji: `t.comment like '%🎉%'`,
    'a text that says NULL': `t.comment = 'NULL'`,
    'another month in one spreadsheet': `exists (select from sellout_entries2 as o
      where o.upload_id = t.upload_id and (o.year, o.month) <> (t.year, t.month))`,
    'many at one time': '(select count(*) > 10 from sellout_entries2 as o where o.created_at = t.created_at)',
    'numbers that end in zeros in jsonb': `t.raw_row::text ~ '\\.50,'`,
  },
  processing_logs: {
    newlines: `t.message like E'%\\r\\n\\t%'`,
    'the end of a copy': `t.message = '\\.'`,
    error: `t.level = 'error'`,
  },
  transform_logs: {
    'its entry': 't.entry_id in (select id from sellout_entries2 where upload_id = t.upload_id)',
    'below zero': 't.confidence < 0',
    backslashes: `t.old_value like E'%\\\\\\\\temp%'`,
  },
  email_logs: {
    'known by its recipient only': `t.user_id is null and lower(t.recipient) in (select lower(email) from users)`,
    'a recipient in other capitals': `t.recipient <> (select email from users where id = t.user_id)
      or (t.user_id is null and t.recipient not in (select email from users))`,
    'json with a key twice': `t.headers::text like '%"Received":%"Received": null%'`,
    'an address of IPv6': 'family(t.opened_from) = 6',
    'not sent': 't.sent_at is null',
  },
}

describe('what is nasty', () => {
  test.each(ownersOf(size.tenants).slice(0, -1))('each of it is among the rows of $name', async ({ no }) => {
    const missing: string[] = []
    for (const [table, wanted] of Object.entries(nasty)) {
      for (const [what, condition] of Object.entries(wanted)) {
        const { found } = await one(
          `select exists (select from ${ident(table)} as t where (${condition}) and ${ownRows(no)(table)}) as found`,
        )
        if (!found) missing.push(`${table}: ${what}`)
      }
    }
    expect(missing).toEqual([])
  })

  test('only nobody’s lead to nobody: products without a creator, logs of deleted uploads, unknown recipients', async () => {
    const lost = {
      products: 't.created_by_id is null',
      transform_logs: 't.upload_id not in (select id from uploads)',
      email_logs: 't.user_id is null and lower(t.recipient) not in (select lower(email) from users)',
    }
    for (const [table, condition] of Object.entries(lost)) {
      const found = await client.query(
        `select distinct ${owners[table]} as owner from ${ident(table)} as t where ${condition}`,
      )
      expect([table, found.rows]).toEqual([table, [{ owner: nobody }]])
    }
  })

  test('every column has a value somewhere, and every column that may be without is without somewhere', async () => {
    const { rows } = await client.query(
      `select s.tablename || '.' || s.attname as column, s.null_frac as nulls from pg_stats as s
       join pg_attribute as a on a.attrelid = format('%I.%I', schemaname, tablename)::regclass and a.attname = s.attname
       join pg_class as c on c.oid = a.attrelid and c.relkind = 'r'
       where schemaname = 'public' and (s.null_frac = 1 or (s.null_frac = 0 and not a.attnotnull)) order by 1`,
    )
    expect(rows).toEqual([
      { column: 'email_domains.added_by_id', nulls: 0 },
      // Computed from a column that is never without.
      { column: 'users.email_domain', nulls: 0 },
    ])
  })

  test('companies lie beside each other, in the order of time', async () => {
    const { apart, late } = await one(
      `select count(distinct owner)::int as apart, (count(*) filter (where created_at < before))::int as late
       from (
         select left(ean, 9) as owner, created_at, lag(created_at) over (order by id) as before, row_number() over (order by ctid) as n
         from sellout_entries2
       ) as t where n <= 400`,
    )
    expect({ apart, late }).toEqual({ apart: size.tenants + 1, late: 0 })
  })

  test('ids of four kinds have holes, and sequences stand at or above them', async () => {
    expect(
      await column(
        `select c.relname || ' ' || format_type(a.atttypid, null) || coalesce(' ' || pg_get_expr(d.adbin, d.adrelid), '')
         from pg_class as c
         join pg_constraint as k on k.conrelid = c.oid and k.contype = 'p'
         join pg_attribute as a on a.attrelid = c.oid and a.attnum = k.conkey[1]
         left join pg_attrdef as d on d.adrelid = c.oid and d.adnum = a.attnum
         where c.relnamespace = 'public'::regnamespace order by 1`,
      ),
    ).toEqual([
      'alembic_version character varying',
      'currencies character',
      'email_domains character varying',
      'email_logs uuid gen_random_uuid()',
      `processing_logs bigint nextval('processing_logs_id_seq'::regclass)`,
      `products integer nextval('products_id_seq'::regclass)`,
      `sellout_entries2 bigint nextval('sellout_entries2_id_seq'::regclass)`,
      `transform_logs bigint nextval('transform_logs_id_seq'::regclass)`,
      'uploads uuid gen_random_uuid()',
      `users integer nextval('users_id_seq'::regclass)`,
    ])
    for (const table of ['users', 'products', 'sellout_entries2', 'processing_logs', 'transform_logs']) {
      expect(
        await one(
          `select max(id) > count(*) as holes, nextval(pg_get_serial_sequence($1, 'id')) > max(id) as ahead from ${table}`,
          [table],
        ),
      ).toEqual({ holes: true, ahead: true })
    }
  })

  test('foreign keys: some are declared, and some are not', async () => {
    const keys = await column(
      `select conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint
       where contype = 'f' and connamespace = 'public'::regnamespace order by 1`,
    )
    expect(keys).toEqual([
      'email_domains FOREIGN KEY (added_by_id) REFERENCES users(id) ON DELETE SET NULL',
      'processing_logs FOREIGN KEY (upload_id) REFERENCES uploads(id) ON DELETE CASCADE',
      'products FOREIGN KEY (created_by_id) REFERENCES users(id) ON DELETE SET NULL',
      'products FOREIGN KEY (replaced_by_id) REFERENCES products(id) ON DELETE SET NULL',
      'sellout_entries2 FOREIGN KEY (currency) REFERENCES currencies(code) ON UPDATE CASCADE',
      'sellout_entries2 FOREIGN KEY (upload_id) REFERENCES uploads(id) ON DELETE CASCADE',
      'sellout_entries2 FOREIGN KEY (user_id) REFERENCES users(id)',
      'uploads FOREIGN KEY (replaces_id) REFERENCES uploads(id) ON DELETE SET NULL',
      'uploads FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE',
      'users FOREIGN KEY (invited_by_id) REFERENCES users(id) ON DELETE SET NULL',
    ])
  })

  test('what is unique is so over all companies, and entries are found in the ways that they are asked for', async () => {
    const indexes = await column(
      `select replace(replace(indexdef, 'public.', ''), ' USING btree', '') from pg_indexes
       where schemaname = 'public' and indexname not like '%_pkey' and (indexdef ~ 'UNIQUE' or tablename = 'sellout_entries2')
       order by 1`,
    )
    expect(indexes).toEqual([
      'CREATE INDEX ix_sellout_entries2_created_at ON sellout_entries2 (created_at)',
      'CREATE INDEX ix_sellout_entries2_ean ON sellout_entries2 (ean)',
      'CREATE INDEX ix_sellout_entries2_upload_id ON sellout_entries2 (upload_id)',
      'CREATE INDEX ix_sellout_entries2_year_month ON sellout_entries2 (year, month)',
      'CREATE UNIQUE INDEX alembic_version_pkc ON alembic_version (version_num)',
      'CREATE UNIQUE INDEX products_ean_key ON products (ean)',
      'CREATE UNIQUE INDEX uploads_share_token_key ON uploads (share_token)',
      'CREATE UNIQUE INDEX uq_email_logs_provider_message_id ON email_logs (provider_message_id) WHERE (provider_message_id IS NOT NULL)',
      'CREATE UNIQUE INDEX uq_sellout_entries2_line ON sellout_entries2 (reseller, year, month, ean, upload_id)',
      'CREATE UNIQUE INDEX users_email_key ON users (email)',
      'CREATE UNIQUE INDEX users_reset_token_key ON users (reset_token)',
    ])
  })

  test('the application’s upsert finds its line, and its trigger changes what is only touched', async () => {
    const upsert = `insert into sellout_entries2 (user_id, upload_id, reseller, ean, year, month, quantity, sales_eur)
      select user_id, upload_id, reseller, ean, year, month, quantity, sales_eur from sellout_entries2 where ean is not null limit 1
      on conflict (reseller, year, month, ean, upload_id) do update set quantity = excluded.quantity`
    const count = async () => (await one('select count(*)::int as n from sellout_entries2')).n
    const before = await count()
    await client.query(upsert)
    expect(await count()).toBe(before)
    const touched = await one(
      `update products set is_active = is_active where id = 1 returning updated_at = now() as now`,
    )
    expect(touched).toEqual({ now: true })
  })
})
