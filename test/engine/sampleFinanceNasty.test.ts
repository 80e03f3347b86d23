import type pg from 'pg'
import { buildSample, sampleTenant } from '../../src/engine/sample/sample.ts'
import { connect } from '../../src/postgres/connect.ts'
import { ident, qualified } from '../../src/postgres/identifiers.ts'
import { database } from '../helpers/database.ts'

const size = { system: 'finance', tenants: 4, rows: 60, seed: 1 } as const
const tenants = Array.from({ length: size.tenants }, (_, index) => sampleTenant(index + 1))

let client: pg.Client
beforeAll(async () => {
  client = await connect((await database()).url, 'test')
  await buildSample(client, size)
})
afterAll(() => client.end())

const one = async (sql: string, values: unknown[] = []) => (await client.query(sql, values)).rows[0]

/** Table → what → a condition that some row meets. */
const nasty: Record<string, Record<string, string>> = {
  members: {
    'no password yet': 't.password_hash is null',
    'an array of enums': `t.roles = '{owner,admin}'`,
    'an empty array of enums': `t.roles = '{}'`,
    'an id in jsonb': `t.preferences -> 'pinned' ->> 0 like 'cafe%'`,
  },
  accounts: {
    'ids that collide': `t.id = '7e3a1a7e-0000-4000-8000-000000000001'`,
    'an amount below zero': 't.opening_balance < 0',
    'a text with a backslash': `t.name like '%\\\\%'`,
  },
  customers: {
    'its own parent': 't.parent_id = t.id',
    'a composite with a null inside': `t.billing_address::text ~ ',\\)$'`,
    'a composite with a newline': `(t.billing_address).street like E'%\\n%'`,
    'a composite with quotes and a comma': `(t.billing_address).street like '%, "%'`,
    'a composite with an empty text': `(t.billing_address).postcode = ''`,
    'no composite': 't.billing_address is null',
    'a name twice, one deleted': `t.deleted_at is not null and exists (
      select from customers as o where o.name = t.name and o.id <> t.id)`,
    'an array that begins at 0': 'array_lower(t.tags, 1) = 0',
    'a column that is computed': 't.email_key <> t.email',
    SQL: `t.notes like '%''); drop table%'`,
    emoji: `t.notes like '%🎉%'`,
    newlines: `t.notes like E'%\\r\\n\\t%'`,
  },
  vendors: {
    'an interval below zero': `t.payment_terms < '0'`,
    'an interval of months and days': `t.payment_terms::text like '1 mon -3 days%'`,
    'a domain': 't.iban is not null',
    'null twice in a unique key of two': 't.vat_number is null',
  },
  products: {
    'null in jsonb': `t.attributes = 'null'`,
    'not a number': `t.weight = 'NaN'`,
    'its own id in jsonb': `t.attributes -> 0 ->> 'replaces' = t.id::text`,
    'no bytes': `t.photo_hash = ''`,
    'a predecessor': 't.replaced_by_id is not null',
  },
  quotes: {
    'an order that refers back': `exists (select from sales_orders as o where o.id = t.accepted_order_id and o.quote_id = t.id)`,
    'two versions of one number':
      'exists (select from quotes as o where o.number = t.number and o.version <> t.version)',
    'valid for ever': `t.valid_until = 'infinity'`,
  },
  sales_orders: {
    'an array of ids with NULL': 'array_position(t.watcher_ids, null) > 0',
    'the end of the day': `t.delivery_slot = '24:00'`,
  },
  sales_order_lines: {
    'an amount that is taken off': 't.total < 0',
    'six decimals': `t.unit_price::text ~ '\\.\\d{6}$'`,
  },
  purchase_orders: {
    'a range without end': 'upper_inf(t.delivery_window)',
    'an empty range': 'isempty(t.delivery_window)',
    'asked for and agreed to by the same': 't.approved_by_id = t.requested_by_id',
  },
  invoices: {
    'an enum label with a quote': `t.status = 'can''t be collected'`,
    'an enum label with a space': `t.status = 'part paid'`,
    'an entry that refers back':
      'exists (select from journal_entries as e where e.id = t.journal_entry_id and e.invoice_id = t.id)',
    'a long text stored apart': 'length(t.notes) > 19000',
    'a text that says NULL': `t.notes = 'NULL'`,
    'numbers that end in zeros in jsonb': `t.custom::text ~ '\\.500'`,
    'a predecessor': 't.corrects_id is not null',
  },
  payments: {
    'an amount that was returned': 't.amount < 0',
    'the id of its invoice in jsonb': `t.gateway_response ->> 'invoice' = t.invoice_id::text`,
  },
  bank_integrations: {
    'json with a key twice': `t.last_error::text like '%"code" : %"code": null%'`,
    'no end': `t.expires_at = 'infinity'`,
  },
  bank_transactions: {
    'money that went': 't.amount < 0',
    'a counterparty without a name': `t.counterparty = ''`,
    'not in the books': 't.journal_entry_id is null',
  },
  journal_entries: {
    'an entry that takes another back': `t.source = 'reversal'`,
    'four lines': '(select count(*) = 4 from journal_lines as l where l.journal_entry_id = t.id)',
    'ids in jsonb': `t.context -> 'transactions' ->> 0 like 'cafe%'`,
  },
  mobile_devices: {
    'an address of IPv6': 'family(t.last_ip) = 6',
    'minus infinity': `t.last_seen_at = '-infinity'`,
  },
  ai_processing_jobs: {
    'one subject': `t.subject_type = 'Invoice'`,
    'another subject': `t.subject_type = 'BankTransaction'`,
    'a job of a job': 't.parent_id is not null',
    'a computed interval': `t.duration > '0'`,
  },
}

describe('what is nasty', () => {
  test.each(tenants)('each of it is in $schema', async ({ schema }) => {
    await client.query(`select set_config('search_path', $1, false)`, [ident(schema)])
    const missing: string[] = []
    for (const [table, wanted] of Object.entries(nasty)) {
      for (const [what, condition] of Object.entries(wanted)) {
        const { found } = await one(
          `select exists (select from ${ident(table)} as t where ${condition}) as found`,
        )
        if (!found) missing.push(`${table}: ${what}`)
      }
    }
    await client.query('reset search_path')
    expect(missing).toEqual([])
  })

  test('every column has a value somewhere, and every column that may be without is without somewhere', async () => {
    const { rows } = await client.query(
      `select s.tablename || '.' || s.attname as column, s.null_frac as nulls from pg_stats as s
       join pg_attribute as a on a.attrelid = format('%I.%I', schemaname, tablename)::regclass and a.attname = s.attname
       join pg_class as c on c.oid = a.attrelid and c.relkind = 'r'
       where schemaname = 'acme' and (s.null_frac = 1 or (s.null_frac = 0 and not a.attnotnull)) order by 1`,
    )
    // Computed from two, one of which there always is.
    expect(rows).toEqual([{ column: 'journal_lines.amount', nulls: 0 }])
  })

  test('one tenant never used two tables: they are empty', async () => {
    const empty: string[] = []
    for (const { schema } of tenants) {
      const { rows } = await client.query<{ table: string }>(
        `select relname as table from pg_class where relnamespace = $1::regnamespace and relkind = 'r' order by 1`,
        [ident(schema)],
      )
      expect(rows.length).toBe(28)
      for (const { table } of rows) {
        const { none } = await one(`select not exists (select from ${qualified(schema, table)}) as none`)
        if (none) empty.push(`${schema}.${table}`)
      }
    }
    expect(empty).toEqual(['initech.reports', 'initech.web3_wallets'])
  })

  test('types are the tenant’s own: the same labels, in an order of their own', async () => {
    const { rows } = await client.query(
      `select n.nspname as schema, count(*) filter (where typtype = 'e')::int as enums,
         count(*) filter (where typtype = 'd')::int as domains, count(*) filter (where c.relkind = 'c')::int as composites
       from pg_type as t join pg_namespace as n on n.oid = t.typnamespace left join pg_class as c on c.oid = t.typrelid
       where nspname = any ($1) group by 1 order by 1`,
      [tenants.map(({ schema }) => schema)],
    )
    expect(rows).toEqual(
      tenants
        .map(({ schema }) => ({ schema, enums: 11, domains: 2, composites: 1 }))
        .sort((a, b) => (a.schema < b.schema ? -1 : 1)),
    )
    const { later } = await one(
      `select 'paid'::acme.invoice_status > 'part paid'::acme.invoice_status as later`,
    )
    expect(later).toBe(true)
  })

  test('sequences beside uuids stand above their highest number', async () => {
    for (const { schema } of tenants) {
      for (const [table, column] of [
        ['invoices', 'sequence_no'],
        ['journal_entries', 'entry_no'],
      ] as const) {
        const at = qualified(schema, table)
        const { ahead } = await one(
          `select nextval(pg_get_serial_sequence($1, $2)) > (select max(${column}) from ${at}) as ahead`,
          [at, column],
        )
        expect(ahead).toBe(true)
      }
    }
  })

  test('foreign keys: two pairs that refer to each other, others to their own table, by code, by two columns', async () => {
    const { rows } = await client.query<{ key: string }>(
      `select conrelid::regclass || ' ' || pg_get_constraintdef(oid) as key from pg_constraint
       where contype = 'f' and connamespace = 'acme'::regnamespace order by 1`,
    )
    const keys = rows.map(row => row.key.replaceAll('acme.', ''))
    const tables = (key: string) => /^(\S+) .* REFERENCES (\S+?)\(/.exec(key)?.slice(1) ?? []
    const selfs = keys.filter(key => tables(key)[0] === tables(key)[1]).map(key => tables(key)[0])
    expect(selfs).toEqual([
      'accounts',
      'ai_processing_jobs',
      'bank_statements',
      'customers',
      'invoices',
      'journal_entries',
      'members',
      'payments',
      'products',
    ])
    const mutual = keys
      .map(tables)
      .filter(
        ([from, to]) => from !== to && keys.some(key => tables(key)[0] === to && tables(key)[1] === from),
      )
    expect(new Set(mutual.map(pair => [...pair].sort().join(' ↔ ')))).toEqual(
      new Set(['quotes ↔ sales_orders', 'invoices ↔ journal_entries']),
    )
    const counted = (pattern: RegExp) => keys.filter(key => pattern.test(key)).length
    expect({
      keys: keys.length,
      cascade: counted(/ON DELETE CASCADE/),
      setNull: counted(/ON DELETE SET NULL/),
      restrict: counted(/ON DELETE RESTRICT/),
      updateCascade: counted(/ON UPDATE CASCADE/),
      deferred: counted(/DEFERRABLE INITIALLY DEFERRED/),
      twoColumns: counted(/FOREIGN KEY \(\w+, /),
      notToId: counted(/REFERENCES \w+\((?!id\))/),
    }).toEqual({
      keys: 62,
      cascade: 15,
      setNull: 31,
      restrict: 4,
      updateCascade: 3,
      deferred: 6,
      twoColumns: 2,
      notToId: 4,
    })
  })

  test('what a schema has beside its tables', async () => {
    const { rows } = await client.query(
      `select 'view ' || viewname as object from pg_views where schemaname = 'acme'
       union all select 'function ' || proname from pg_proc where pronamespace = 'acme'::regnamespace
       union all select 'trigger ' || tgname from pg_trigger join pg_class as c on c.oid = tgrelid
       where relnamespace = 'acme'::regnamespace and not tgisinternal order by 1`,
    )
    expect(rows.map(row => row.object)).toEqual([
      'function touch_updated_at',
      'trigger customers_touch',
      'trigger invoices_touch',
      'trigger members_touch',
      'view open_invoices',
    ])
    const { open } = await one('select count(*)::int as open from acme.open_invoices where open_amount > 0')
    expect(open).toBeGreaterThan(0)
  })
})
