select id, kind, fence, attempts, worker, lease_until, done, total, is_cancelled
from job
where $1::uuid is null or id > $1
order by id limit $2
