update job
set fence = $2, worker = $3, lease_until = $4, done = $5, total = $6, is_cancelled = $7
where id = $1
