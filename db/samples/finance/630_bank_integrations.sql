-- How statements are fetched. The tokens open the bank account: nobody may read them.

create table bank_integrations (
  id uuid not null default gen_random_uuid(),
  bank_account_id uuid not null,
  provider text not null,
  access_token text not null,
  refresh_token text null,
  webhook_secret bytea null,
  scopes integration_scope[] null,
  is_enabled boolean not null default true,
  poll_every interval not null,
  last_error json null,
  connected_by_id uuid null,
  expires_at timestamptz null,
  created_at timestamptz not null default now()
);

insert into bank_integrations (
  id, bank_account_id, provider, access_token, refresh_token, webhook_secret, scopes, is_enabled, poll_every, last_error,
  connected_by_id, expires_at, created_at
)
select
  sample.uuid(t.chance_key, n, 'bank_integrations', t.no),
  sample.uuid(t.chance_key, n, 'bank_accounts', t.no),
  t.canary || (array['fints', 'open "banking"', 'ebics'])[n],
  t.canary || 'at_' || md5(t.chance_key::text || n),
  case when n <> 3 then t.canary || 'rt_' || md5(n || t.chance_key::text) end,
  case when n <> 2 then sample.hash(t.chance_key, n, t.canary) end,
  case n when 1 then '{read:accounts,read:transactions}' when 2 then '{}' end::integration_scope[],
  n <> 2,
  interval '1 month -2 days' + n * interval '3 hours' + t.no * interval '1 microsecond',
  -- A key twice, escapes, and spaces that mean nothing: json keeps them.
  case when n <> 1 then ('{"code" : "' || t.canary || E'\\u00e9' || '",  "code": null, "at": [' || t.base || '.50 ]}')::json end,
  case when n <> 3 then sample.uuid(t.chance_key, 1, 'members', t.no) end,
  case n when 1 then sample.moment(t.chance_key, n, 'expires', t.no) when 2 then 'infinity' end,
  sample.moment(t.chance_key, n, 'integration', t.no)
from sample.tenant as t, generate_series(1, t.bank_accounts) as n;

alter table bank_integrations
  add constraint bank_integrations_pkey primary key (id),
  add constraint bank_integrations_bank_account_id_key unique (bank_account_id),
  add constraint bank_integrations_access_token_key unique (access_token),
  add constraint bank_integrations_bank_account_id_fkey
    foreign key (bank_account_id) references bank_accounts (id) on delete cascade,
  add constraint bank_integrations_connected_by_id_fkey
    foreign key (connected_by_id) references members (id) on delete set null;
create index bank_integrations_connected_by_id_idx on bank_integrations (connected_by_id);

comment on table bank_integrations is 'How a bank account''s statements are fetched';
comment on column bank_integrations.access_token is 'Secret: whoever has it can read the bank account';
