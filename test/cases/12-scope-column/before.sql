-- The names of the scope column are taken, with another meaning: the next one that is free is used, and told.
-- each: one, two
create table organizations (id integer primary key, name text);
create table contacts (id integer primary key, organization_id integer references organizations, note text);
insert into organizations values (1, 'a customer''s customer');
insert into contacts values (1, 1, 'x');
-- each: two
alter table contacts add column tenant_id integer;
