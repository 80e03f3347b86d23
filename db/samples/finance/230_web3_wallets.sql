-- Wallets. Every third tenant never used them: the table is empty, and referred to.

create table web3_wallets (
  id uuid not null default gen_random_uuid(),
  member_id uuid null,
  label text not null,
  chain text not null,
  address text not null,
  private_key text not null,
  nonce bigint not null,
  balance numeric not null,
  gas_limit numeric(38, 18) null,
  last_block jsonb null,
  created_at timestamptz not null default now()
);

insert into web3_wallets (
  id, member_id, label, chain, address, private_key, nonce, balance, gas_limit, last_block, created_at
)
select
  sample.uuid(t.chance_key, n, 'web3_wallets', t.no),
  case when n <> 4 then sample.uuid(t.chance_key, n, 'members', t.no) end,
  (array['Hot "₿"', 'Cold', 'O''Brien''s', ''])[n] || t.canary || n,
  t.canary || (array['mainnet', 'mainnet', 'testnet', 'mainnet'])[n],
  '0x' || t.canary || substr(md5(n || 'address' || t.chance_key), 1, 30),
  t.canary || encode(sha256((n || 'key' || t.chance_key)::bytea), 'hex'),
  t.base + n,
  -- No precision: 1.5 and 1.500 are different bytes, and one has as many digits as coins have.
  case n when 1 then t.base + 1.5 when 2 then t.base + 1.500 when 3 then t.base + 0.000000000000000001 else 'NaN' end,
  case when n <> 2 then t.base + 21000.000000000000000001 end,
  case n when 1 then 'null' when 3 then jsonb_build_object('hash', '0x' || t.canary || 'beef', 'height', t.base + 9.00) end,
  sample.moment(t.chance_key, n, 'wallet', t.no)
from sample.tenant as t, generate_series(1, t.wallets) as n;

alter table web3_wallets
  add constraint web3_wallets_pkey primary key (id),
  add constraint web3_wallets_member_id_fkey foreign key (member_id) references members (id) on delete set null;
create unique index web3_wallets_chain_address_key on web3_wallets (chain, lower(address));
create index web3_wallets_member_id_idx on web3_wallets (member_id);

comment on table web3_wallets is 'Wallets that the company can spend from';
comment on column web3_wallets.private_key is 'Secret: whoever has it has the money';
