/** One customer's database as nobody plans one: names that need quotes, keys of every kind, references in circles. */
import { file } from './customer.ts'

export const odd = `
create schema "Sales Dept";
set search_path to "Sales Dept", public;
create type "Sales Dept"."Mood" as enum ('good', 'bad');
create table "Accounts" (
  "Code" text primary key,
  "Company" text,
  "Boss" text references "Accounts" on update cascade,
  email text not null,
  password_hash text,
  "Handle" text not null unique,
  "position" int not null,
  created_at timestamptz not null default '2024-01-01',
  mood "Mood" not null default 'good',
  nick text unique nulls not distinct,
  unique ("Company", "position") deferrable initially deferred
);
create unique index "Accounts lower" on "Accounts" (lower(email));
create table "Order" (
  account text not null references "Accounts" on update cascade on delete cascade,
  no int not null,
  title text,
  main_line bigint,
  primary key (account, no)
);
create table lines (
  id bigint generated always as identity primary key,
  account text not null,
  no int not null,
  price numeric not null,
  amount int not null,
  total numeric generated always as (price * amount) stored,
  ean text,
  void boolean not null default false,
  replaces bigint references lines on delete set null,
  foreign key (account, no) references "Order" on update cascade on delete cascade,
  unique (account, no, ean) include (void)
);
create unique index "lines ean" on lines (ean, account) where not void;
create index on lines (no desc nulls last, ean);
alter table "Order" add foreign key (main_line) references lines deferrable initially deferred;
create table "it's ""odd""" (
  "a'b" uuid primary key default gen_random_uuid(),
  account text references "Accounts" on delete set null on update cascade,
  said text collate "C"
);
create index on "it's ""odd""" (said text_pattern_ops);
create table pairs (
  left_code text not null references "Accounts" on update cascade,
  right_code text not null references "Accounts" on update cascade,
  primary key (left_code, right_code)
);
-- Everybody's, and it refers to what is somebody's.
create table public.receipts (id serial primary key, account text, no int, foreign key (account, no) references "Sales Dept"."Order" on update cascade);
create table public.rates (code text primary key);
insert into "Accounts" ("Code", "Company", email, password_hash, "Handle", "position", nick)
  select 'c' || n, case n % 3 when 0 then 'Acme' when 1 then 'Globex' end, 'c' || n || '@x.example', 'x', 'h' || n, n, case when n <> 3 then 'n' || n end from generate_series(1, 30) n;
update "Accounts" a set "Boss" = (select min("Code") from "Accounts" b where b."Company" is not distinct from a."Company");
insert into "Order" (account, no) select "Code", n from "Accounts", generate_series(1, 3) n;
insert into lines (account, no, price, amount, ean) select account, no, n, 2, 'e' || n || '-' || no from "Order", generate_series(1, 2) n;
update lines l set replaces = (select min(id) from lines b where (b.account, b.no) = (l.account, l.no) and b.id < l.id);
update "Order" o set main_line = (select min(id) from lines l where (l.account, l.no) = (o.account, o.no));
insert into "it's ""odd""" (account, said) select "Code", 'hello' from "Accounts";
insert into "it's ""odd""" (said) values ('nobody''s');
insert into pairs select "Boss", "Code" from "Accounts";
insert into public.receipts (account, no) select account, no from "Order" limit 5;
reset search_path`

export const oddSpec = file({
  scope_column: 'Tenant Id',
  workspace: 'workspace',
  root: 'Accounts',
  organizations: { acme: { name: 'Acme' }, globex: { name: 'Globex' } },
  tables: {
    Accounts: { owner: { column: 'Company' }, otherwise: 'default', global: [['Handle']] },
    'it\'s "odd"': { owner: { parent: 'Accounts', on: 'account' }, otherwise: 'default' },
    pairs: { owner: { parent: 'Accounts', on: 'left_code' } },
    'public.receipts': { scope: false },
  },
})
