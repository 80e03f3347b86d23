-- Which company people are of when they sign up, by the domain of their e-mail. Private people's are not in here.

create table email_domains (
  domain varchar(255) not null,
  company varchar(160) not null,
  added_by_id integer null,
  added_at timestamptz not null default now()
);

insert into email_domains (domain, company, added_by_id, added_at)
select p.domain, t.name || ' ' || t.canary, p.id, p.joined_at
from sample.people as p
join sample.tenants as t using (no)
where p.k = 1 and t.is_company
order by p.id;

alter table email_domains
  add constraint email_domains_pkey primary key (domain),
  add constraint email_domains_added_by_id_fkey foreign key (added_by_id) references users (id) on delete set null;

comment on table email_domains is 'The company of whoever signs up with such an e-mail';
