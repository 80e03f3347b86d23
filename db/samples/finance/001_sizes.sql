-- How many rows of each kind a tenant gets (src/engine/sample/finance.ts); the other tables follow from these.

alter table sample.tenants
  add column invoices bigint not null,
  add column members bigint not null,
  add column customers bigint not null,
  add column vendors bigint not null,
  add column products bigint not null,
  add column quotes bigint not null,
  add column sales_orders bigint not null,
  add column purchase_orders bigint not null,
  add column bank_accounts bigint not null,
  add column months bigint not null,
  add column transaction_pairs bigint not null,
  add column journal_entries bigint not null,
  add column movement_pairs bigint not null,
  add column leads bigint not null,
  add column ai_jobs bigint not null,
  add column reports bigint not null,
  add column wallets bigint not null;
