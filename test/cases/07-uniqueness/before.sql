-- Every kind of uniqueness, led by the scope column afterwards.
-- each: one, two
create table seats (
  id bigint primary key,
  number text not null,
  email text,
  room integer,
  valid tstzrange,
  deleted boolean not null default false,
  ref text,
  unique (number) deferrable initially deferred,
  unique nulls not distinct (ref)
);
create unique index seats_live on seats (room) where not deleted;
create unique index seats_email on seats (lower(email));
create unique index seats_cover on seats (number) include (email);
create index seats_gin on seats using gin (to_tsvector('simple', number));
insert into seats values (1, 'A', 'X@x', 1, '[2020-01-01,2020-02-01)', false, null), (2, 'B', 'y@x', 1, null, true, 'r');
