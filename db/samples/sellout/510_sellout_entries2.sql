-- One line of a spreadsheet, in our words: the largest table. Rows: 511_…_rows.sql, keys: 512_…_keys.sql.

create table sellout_entries2 (
  id bigserial,
  user_id integer not null,
  upload_id uuid not null,
  reseller varchar(160) not null,
  ean varchar(32) null,
  functional_name varchar(255) null,
  year integer not null,
  month integer not null,
  sold_on date null,
  quantity integer not null,
  sales_lc numeric null,
  currency character(3) not null default 'EUR',
  sales_eur numeric(14, 2) not null,
  comment text not null default '',
  raw_row jsonb null,
  created_at timestamptz not null default now(),
  updated_at timestamptz null
);

comment on table sellout_entries2 is 'What a reseller sold of a product in a month';
comment on column sellout_entries2.ean is 'Of products, when it is one of ours; none where the reseller gave none';
comment on column sellout_entries2.quantity is 'Below zero for what came back';
comment on column sellout_entries2.sales_lc is 'In the reseller''s currency';
comment on column sellout_entries2.raw_row is 'The line as it stood in the spreadsheet';
