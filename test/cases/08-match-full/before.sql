-- All columns of a key or none: with the scope column in front of it, that is a check. Who never checked stays.
-- each: one, two, three
create table places (country text, city text, primary key (country, city));
create table trips (id integer primary key, country text, city text);
create table stays (id integer primary key, country text not null, city text not null, foreign key (country, city) references places match full);
insert into places values ('DE', 'Ulm');
insert into trips values (1, 'DE', 'Ulm'), (2, null, null);
insert into stays values (1, 'DE', 'Ulm');
-- each: one, two
alter table trips add constraint trips_place foreign key (country, city) references places match full;
-- each: three
insert into trips values (3, 'DE', null);
alter table trips add constraint trips_place foreign key (country, city) references places match full not valid;
