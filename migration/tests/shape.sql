with ours as (
    select oid, nspname from pg_namespace where nspname in ('chandlery', 'reporting')
)
select format('%s %s.%s %s', c.relkind, n.nspname, c.relname, c.relacl) from pg_class c join ours n on n.oid = c.relnamespace
where c.relkind in ('r', 'v', 'i')
union all
select format('column %s.%s.%s %s %s %s', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attstorage)
from pg_attribute a join pg_class c on c.oid = a.attrelid join ours n on n.oid = c.relnamespace
where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'v')
union all
select format('constraint %s %s', c.relname, pg_get_constraintdef(k.oid)) from pg_constraint k
join pg_class c on c.oid = k.conrelid join ours n on n.oid = c.relnamespace
union all
select format('policy %s %s %s %s', c.relname, p.polname, pg_get_expr(p.polqual, p.polrelid),
              pg_get_expr(p.polwithcheck, p.polrelid)) from pg_policy p
join pg_class c on c.oid = p.polrelid join ours n on n.oid = c.relnamespace
union all
select pg_get_triggerdef(t.oid) from pg_trigger t
join pg_class c on c.oid = t.tgrelid join ours n on n.oid = c.relnamespace
where not t.tgisinternal
union all
select format('function %s.%s %s', n.nspname, p.proname, p.proacl) from pg_proc p join ours n on n.oid = p.pronamespace
order by 1
