select id, status, finished_at, record::text as record
from sweep
where status in ('done', 'failed', 'cancelled') and ($1::uuid is null or id > $1)
order by id limit 200
