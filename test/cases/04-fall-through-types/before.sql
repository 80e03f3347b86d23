-- What tenants read in the shared schema has types of that schema: an extension's, and one that tenants have of their own.
-- once
create extension citext;
create type public.mood as enum ('low', 'high');
create table public.countries (code citext primary key);
create table public.rates (
  id integer primary key, name citext unique, country citext references public.countries, mood public.mood default 'low',
  check (name <> ''::citext)
);
insert into public.countries values ('DE');
insert into public.rates values (1, 'Full', 'DE', 'high'), (2, 'Less', null, 'low');
-- each: one, two, three
create type mood as enum ('low', 'high', 'higher');
create table bills (id integer primary key, rate_id integer);
insert into bills values (1, 1);
-- each: one
create table rates (
  id integer primary key, name citext unique, country citext references public.countries, mood mood default 'low',
  check (name <> ''::citext)
);
insert into rates values (1, 'Own', 'de', 'higher');
