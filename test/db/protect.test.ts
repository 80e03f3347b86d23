/** protect(): what it makes of a table, what it leaves alone when it is repeated, what it refuses. */
import { snapshot } from '../helpers/snapshot.ts'
import { acme, bolt, failure, type Room, room, undone } from './room.ts'

let house: Room
beforeAll(async () => {
  house = await room()
})

const scope = 'organization_id uuid not null default app_hidden.current_organization_id()'

/** What the visitor may do with a table's columns: `label: select insert update`. */
const rights = async (table: string) => {
  const rows = await house.rows(
    `select a.attname || ': ' || concat_ws(' ',
      case when has_column_privilege('rowhouse_visitor', a.attrelid, a.attnum, 'select') then 'select' end,
      case when has_column_privilege('rowhouse_visitor', a.attrelid, a.attnum, 'insert') then 'insert' end,
      case when has_column_privilege('rowhouse_visitor', a.attrelid, a.attnum, 'update') then 'update' end) as line
    from pg_attribute a where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum`,
    [table],
  )
  return rows.map(({ line }) => line)
}
const policies = async (table: string) => {
  const rows = await house.rows(
    `select polname || ' ' || case when polpermissive then 'permissive' else 'restrictive' end || ' ' || polcmd::text as line
    from pg_policy where polrelid = $1::regclass order by 1`,
    [table],
  )
  return rows.map(({ line }) => line)
}
const doors = [
  'delete_member permissive d',
  'insert_member permissive a',
  'organization_isolation restrictive *',
  'select_member permissive r',
  'update_member permissive w',
]
const faults = () => house.rows('select * from app_private.isolation_faults')
/** Runs the statements, then looks; all of it is undone. */
const having = (sql: string, look: () => Promise<unknown>) =>
  undone(house.admin, async () => {
    await house.admin.query(sql)
    await look()
  })

test('grants: the scope column is not written, keys are not changed, secrets, numbers and results are left out', () =>
  having(
    `create table shop.things (${scope}, id bigint generated always as identity, code bigserial, label text, pin text,
      twice text generated always as (label || label) stored, primary key (organization_id, id));
    select app_private.protect('shop.things', secret_columns => '{pin}')`,
    async () => {
      expect(await rights('shop.things')).toEqual([
        'organization_id: select',
        'id: select',
        'code: select',
        'label: select insert update',
        'pin: ',
        'twice: select',
      ])
      expect(await policies('shop.things')).toEqual(doors)
      expect(await faults()).toEqual([])
    },
  ))

test('a key that is given by hand is inserted, and never changed', () =>
  having(
    `create table shop.things (${scope}, code text, label text, primary key (organization_id, code));
    select app_private.protect('shop.things')`,
    async () => {
      expect(await rights('shop.things')).toContain('code: select insert')
    },
  ))

test('a serial column draws its number as a member, and nobody sets the sequence', () =>
  having(
    `create table shop.things (${scope}, id bigserial, label text, primary key (organization_id, id));
    select app_private.protect('shop.things')`,
    async () => {
      const context = await house.sealed('10000000-0000-4000-8000-000000000003', acme)
      await house.admin.query('savepoint here')
      await house.admin.query('set local role rowhouse_visitor')
      await house.admin.query('select app_hidden.enter_context($1, $2, $3, $4)', [
        context.userId,
        context.organizationId,
        context.expires,
        context.seal,
      ])
      const { rows } = await house.admin.query(`insert into shop.things (label) values ('x') returning id`)
      expect(rows).toEqual([{ id: '1' }])
      expect(await failure(house.admin, `select setval('shop.things_id_seq', 1)`)).toMatch(/^42501/)
      expect(await failure(house.admin, 'select last_value from shop.things_id_seq')).toMatch(/^42501/)
    },
  ))

test('again and again: nothing changes', async () => {
  const before = await snapshot(house.admin)
  for (let n = 0; n < 3; n++) {
    await house.admin.query(`select app_private.protect('shop.orders'), app_private.protect('shop.lines')`)
    await house.admin.query(`select app_private.protect('shop.orders', array['pin_code'], 'organization_id')`)
  }
  expect(await snapshot(house.admin)).toBe(before)
})

test('doors that somebody edited, added or took away are left alone', async () => {
  await house.admin.query(`drop policy delete_member on shop.lines;
    alter policy update_member on shop.lines using (false);
    create policy select_auditor on shop.lines for select to rowhouse_auditor using (true)`)
  const before = await snapshot(house.admin)
  await house.admin.query(`select app_private.protect('shop.lines')`)
  expect(await snapshot(house.admin)).toBe(before)
  await house.admin.query(
    'drop policy organization_isolation on shop.lines; alter table shop.lines disable row level security',
  )
  await house.admin.query(`select app_private.protect('shop.lines')`)
  expect(await snapshot(house.admin)).toBe(before)
})

test('a table that came with rules of its own keeps them, and gets no door', () =>
  having(
    `create table shop.things (${scope}, id int); alter table shop.things enable row level security;
    select app_private.protect('shop.things')`,
    async () => {
      expect(await policies('shop.things')).toEqual(['organization_isolation restrictive *'])
      expect(await faults()).toMatchObject([{ check_name: '0012_doors_missing', object: 'shop.things' }])
    },
  ))

test.each([
  ['widened', 'alter policy organization_isolation on shop.orders using (true) with check (true)'],
  ['widened for writing', 'alter policy organization_isolation on shop.orders with check (true)'],
  [
    'narrowed to a command',
    `drop policy organization_isolation on shop.orders;
    create policy organization_isolation on shop.orders as restrictive for select to rowhouse_visitor using (true)`,
  ],
  [
    'permissive',
    `drop policy organization_isolation on shop.orders;
    create policy organization_isolation on shop.orders to rowhouse_visitor using (true)`,
  ],
  ['for another role', 'alter policy organization_isolation on shop.orders to rowhouse_bridge'],
  ['dropped', 'drop policy organization_isolation on shop.orders'],
  ['switched off', 'alter table shop.orders disable row level security'],
  ['forced', 'alter table shop.orders force row level security'],
])('a wall that was %s is rebuilt', async (_, fault) => {
  const before = await snapshot(house.admin)
  await house.admin.query(fault)
  expect(await snapshot(house.admin)).not.toBe(before)
  await house.admin.query(`select app_private.protect('shop.orders')`)
  expect(await snapshot(house.admin)).toBe(before)
})

test('after add column: granted; the secrets stay secret, until it is said that there are none', () =>
  having(`alter table shop.orders add note text; select app_private.protect('shop.orders')`, async () => {
    expect(await rights('shop.orders')).toEqual(
      expect.arrayContaining(['note: select insert update', 'pin_code: ']),
    )
    await house.admin.query(
      `select app_private.protect('shop.orders', secret_columns => array['pin_code', 'note'])`,
    )
    expect(await rights('shop.orders')).toEqual(expect.arrayContaining(['note: ', 'pin_code: ']))
    await house.admin.query(`select app_private.protect('shop.orders', secret_columns => '{}')`)
    expect(await rights('shop.orders')).toEqual(expect.arrayContaining(['pin_code: select insert update']))
  }))

test('grants that are too wide are taken back, on the table and on columns', () =>
  having(
    `grant all on shop.orders to rowhouse_visitor, public; grant update (pin_code) on shop.orders to rowhouse_visitor;
    select app_private.protect('shop.orders')`,
    async () => {
      expect(await rights('shop.orders')).toEqual(
        expect.arrayContaining(['organization_id: select', 'pin_code: ']),
      )
      const [table] = await house.rows(
        `select has_table_privilege('rowhouse_visitor', 'shop.orders', 'truncate, trigger, references') as wide`,
      )
      expect(table).toEqual({ wide: false })
    },
  ))

test('names that need quotes, and another scope column, which is remembered', () =>
  having(
    `create schema "Old Shop" authorization rowhouse_owner; grant usage on schema "Old Shop" to rowhouse_visitor;
    create table "Old Shop"."it's ""a"" table" ("Tenant Id" uuid not null, "Id" int, "Pin Code" text, primary key ("Tenant Id", "Id"));
    select app_private.protect('"Old Shop"."it''s ""a"" table"', array['Pin Code'], 'Tenant Id')`,
    async () => {
      const table = '"Old Shop"."it\'s ""a"" table"'
      expect(await rights(table)).toEqual(['Tenant Id: select', 'Id: select insert', 'Pin Code: '])
      expect(await policies(table)).toEqual(doors)
      await house.admin.query(`alter table "Old Shop"."it's ""a"" table" add "Note" text`)
      await house.admin.query('select app_private.protect($1)', [table])
      expect(await rights(table)).toEqual([
        'Tenant Id: select',
        'Id: select insert',
        'Pin Code: ',
        'Note: select insert update',
      ])
      expect(await faults()).toEqual([])
    },
  ))

test('a partitioned table: the wall holds through the parent, and no partition is reachable', () =>
  having(
    `create table shop.logs (${scope}, id int not null, text text, primary key (organization_id, id)) partition by list (id);
    create table shop.logs_1 partition of shop.logs for values in (1);
    select app_private.protect('shop.logs');
    insert into shop.logs values ('${acme}', 1, 'acme'), ('${bolt}', 1, 'bolt')`,
    async () => {
      expect(await faults()).toEqual([])
      const { userId, organizationId, expires, seal } = await house.sealed(
        '10000000-0000-4000-8000-000000000003',
        acme,
      )
      await house.admin.query('set local role rowhouse_visitor')
      await house.admin.query('select app_hidden.enter_context($1, $2, $3, $4)', [
        userId,
        organizationId,
        expires,
        seal,
      ])
      expect((await house.admin.query('select text from shop.logs')).rows).toEqual([{ text: 'acme' }])
      expect(await failure(house.admin, 'select text from shop.logs_1')).toMatch(/^42501/)
    },
  ))

describe('RH010', () => {
  test.each([
    ['a view', 'create view shop.seen as select 1 as one', `'shop.seen'`, /shop\.seen is not a table/],
    [
      'no scope column',
      'create table shop.bare (id int)',
      `'shop.bare'`,
      /shop\.bare has no column organization_id uuid not null/,
    ],
    [
      'a nullable one',
      'create table shop.bare (organization_id uuid)',
      `'shop.bare'`,
      /organization_id uuid not null/,
    ],
    [
      'one of another type',
      'create table shop.bare (organization_id text not null)',
      `'shop.bare'`,
      /organization_id uuid not null/,
    ],
    ['no such scope column', '', `'shop.orders', scope_column => 'tenant_id'`, /no column tenant_id/],
    [
      'no such secret',
      '',
      `'shop.orders', secret_columns => '{pin_code,pim_code}'`,
      /no column 'pim_code' to keep secret/,
    ],
    ['a core table', '', `'app_public.users'`, /the grants of app_public\.users are written by hand/],
  ])('%s', (_, before, argument, message) =>
    having(`select 1; ${before}`, async () => {
      const found = await failure(house.admin, `select app_private.protect(${argument})`)
      expect(found).toMatch(/^RH010 /)
      expect(found).toMatch(message)
    }),
  )

  test('its hint, where it is SQL, is what is missing', () =>
    having('create table shop.bare (id int primary key)', async () => {
      await house.admin.query('savepoint tried')
      const error = await house.admin.query(`select app_private.protect('shop.bare')`).catch(one => one)
      await house.admin.query('rollback to tried')
      await house.admin.query(error.hint)
      await house.admin.query(`select app_private.protect('shop.bare')`)
      expect(await policies('shop.bare')).toEqual(doors)
    }))

  test('a refusal changes nothing', async () => {
    const before = await snapshot(house.admin)
    await expect(
      house.admin.query(`select app_private.protect('shop.orders', secret_columns => '{nothing}')`),
    ).rejects.toThrow()
    expect(await snapshot(house.admin)).toBe(before)
  })
})

test('no tenant can call it', () =>
  house.member('owner', async client => {
    for (const call of [
      `app_private.protect('shop.orders')`,
      `app_private.build_wall('shop.orders', 'id')`,
      `app_private.grant_to_visitor('shop.orders', 'id', '{}')`,
    ]) {
      expect(await failure(client, `select ${call}`)).toMatch(
        /^42501 permission denied for schema app_private/,
      )
    }
  }))
