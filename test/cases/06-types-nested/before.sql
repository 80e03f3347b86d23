-- Types made of types: multiranges with names of their own, domains over domains, composites that lost an attribute.
-- once
create extension citext;
-- each: one, two, three
create type level as enum ('low', 'high');
create domain code as char(6) check (value <> 'none');
create domain "Long Code" as code not null;
create type span as range (subtype = numeric, multirange_type_name = "many spans");
create type words as range (subtype = text, collation = "C");
create type pair as (gone integer, name citext, level level, levels level[], note text collate "C");
alter type pair drop attribute gone;
create type a_pair as (pair pair, spans "many spans");
create table items (
  id integer primary key, code "Long Code" default 'x', spans "many spans", span span[], word words, pair a_pair,
  check (pair is null or (pair).pair.level = 'low'::level)
);
insert into items values
  (1, 'ab  ', '{[1,2),[3,4.50]}', '{"[1,2)",null}', '[a,b)', row(row('Name', 'low', '{high,null}', 'x')::pair, '{}')),
  (2, default, null, null, null, null);
-- each: three
-- A domain that uses a function of its schema: only this tenant stays.
create function is_fine(text) returns boolean immutable language sql as 'select true';
alter domain code add constraint fine check (is_fine(value));
