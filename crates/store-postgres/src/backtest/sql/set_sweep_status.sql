update sweep set status = $2, finished_at = coalesce($3, finished_at) where id = $1
returning id, status, finished_at, record::text as record
