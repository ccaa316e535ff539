select id, status, finished_at, record::text as record
from sweep
-- No id is greater than this one.
where id < coalesce($1, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
order by id desc limit $2
