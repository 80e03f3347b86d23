-- A registry of another shape: an accounts table whose subdomains are the schemas' names, and one row without a schema yet.
-- once
create table public.accounts (id serial primary key, subdomain varchar(63) unique not null, title text);
insert into public.accounts (subdomain, title) values ('north', 'North Ltd'), ('south', 'South & Sons');
-- each: north, south, archive
create table parcels (id integer primary key, label text);
insert into parcels values (1, :tenant);
