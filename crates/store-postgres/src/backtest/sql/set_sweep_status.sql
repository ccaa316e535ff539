update sweep set status = $2, finished_at = $3 where id = $1
returning id, status, finished_at, record::text as record
