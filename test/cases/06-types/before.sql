-- Enums, domains, composites and ranges in every schema; labels that differ.
-- each: one, two, three
create type mood as enum ('low', 'high');
create domain email as text check (value like '%@%');
create domain padded as bpchar;
create type money_amount as (currency char(3), amount numeric(12,2));
create type shift_hours as range (subtype = time);
create table mood_log (
  id integer primary key generated always as identity,
  mood mood not null default 'low',
  moods mood[] not null default '{}',
  contact email,
  price money_amount,
  prices money_amount[],
  hours shift_hours,
  code padded default 'ab   ',
  is_high boolean generated always as (mood = 'high'::mood) stored,
  later mood not null default 'high',
  constraint never_low check (mood <> 'low' or contact is not null)
);
create index on mood_log (mood) where mood = 'high';
insert into mood_log (mood, moods, contact, price, prices, hours) values
  ('high', '{low,high}', :tenant || '@example.org', row('EUR', 1.50), array[row('USD', 2)::money_amount, null], '[08:00,17:00)'),
  ('low', '[0:1]={high,low}', 'quoted "x"@example.org', null, '{}', null);
-- each: two
alter type mood add value 'middle' before 'high';
-- each: two
insert into mood_log (mood) values ('middle');
-- each: two
-- An older version, which lacks a column of a shared type.
alter table mood_log drop column later;
-- each: three
-- Another domain of the same name: this tenant stays.
alter domain email add constraint longer check (length(value) > 8);
