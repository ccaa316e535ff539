select id, kind, fence, attempts, worker, lease_until, done, total, is_cancelled
from job
where (lease_until is null or lease_until <= $1) and id <> all($2)
order by id limit 1
-- Others take the next one meanwhile.
for update skip locked
