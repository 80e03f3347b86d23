-- What the spec keeps unique over all tenants: a constraint, an index with a condition, one over an expression.
-- each: one, two
create table users (id serial primary key, email text unique, phone text, login text, team text unique);
create unique index users_phone on users (phone) where phone <> '';
create unique index users_login on users (lower(login) desc nulls last);
insert into users (email, phone, login, team) values (:tenant || '@example.test', '', :tenant, 'a'), (null, '', null, 'b');
