select kind, fence, attempts, worker, lease_until, done, total, is_cancelled from job where id = $1
