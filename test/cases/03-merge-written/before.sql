-- Natural keys that are equal and written otherwise: a number with more zeros, a time in other units, a collation that is blind
-- to case; others that only look alike.
-- each: one, two, three
create collation blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create table rates (id serial primary key, rate numeric unique not null, label text);
create table spans (span interval primary key, label text);
create table codes (id serial primary key, code text collate blind unique not null);
create table sizes (id serial primary key, size numeric(6,2) not null, kind char(4) not null, unique (size, kind));
create table words (id serial primary key, word text unique not null, mark date unique not null);
insert into sizes (size, kind) values (1.5, 'a'), (2, 'b');
insert into words (word, mark) values ('a,b', '2020-01-01'), ('A,b', '2020-01-02');
-- each: one
insert into rates (rate, label) values (1.0, 'one');
insert into spans values ('1 day', 'a day');
insert into codes (code) values ('ab');
-- each: two
insert into rates (rate, label) values (2, 'two'), (1.00, 'one');
insert into spans values ('24 hours', 'a day');
insert into codes (code) values ('AB');
