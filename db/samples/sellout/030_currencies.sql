-- A list that belongs to nobody and is the same for all: it stays as it is when the others get an owner.

create table public.currencies (
  code character(3) not null,
  name varchar(60) not null,
  symbol varchar(8) null,
  decimals smallint not null default 2,
  rate_to_eur numeric(14, 6) not null,
  rated_on date not null
);

insert into public.currencies (code, name, symbol, decimals, rate_to_eur, rated_on) values
  ('EUR', 'Euro', '€', 2, 1, '2024-12-31'),
  ('USD', 'US dollar', '$', 2, 0.962800, '2024-12-31'),
  ('GBP', 'Pound sterling', '£', 2, 1.206000, '2024-12-31'),
  ('PLN', 'Złoty', 'zł', 2, 0.233900, '2024-12-31'),
  ('JPY', '円', '¥', 0, 0.006130, '2024-12-31'),
  ('CHF', 'Swiss franc', null, 2, 1.062500, '2024-12-31');

alter table public.currencies
  add constraint currencies_pkey primary key (code),
  add constraint currencies_rate_check check (rate_to_eur > 0);

comment on table public.currencies is 'What sales are counted in, and what that is in euro';
