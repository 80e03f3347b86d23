-- Values that several tenants have, of what the spec keeps unique over all of them.
-- each: one, two, three
create table users (id serial primary key, email text unique, login text);
create unique index users_login on users (lower(login)) where login <> 'none';
insert into users (email, login) values ('ann@example.test', :tenant), (:tenant || '@example.test', 'none'), (null, null);
-- each: two
insert into users (email, login) values (null, 'ONE');
