update job
set fence = $2, attempts = $3, worker = $4, lease_until = $5, done = $6, total = $7, is_cancelled = $8
where id = $1
