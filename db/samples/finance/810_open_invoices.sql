-- A view, alike in every schema.

create view open_invoices as
select
  i.id,
  i.number,
  c.name as customer,
  i.due_on,
  i.currency,
  i.total - coalesce(sum(p.amount), 0) as open_amount
from invoices as i
join customers as c on c.id = i.customer_id
left join payments as p on p.invoice_id = i.id
where i.status in ('sent', 'part paid')
group by i.id, c.name;

comment on view open_invoices is 'What is still owed, by invoice';
