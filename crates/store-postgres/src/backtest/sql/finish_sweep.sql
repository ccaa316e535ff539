update sweep set status = $2, finished_at = $3, row_count = $4, record = $5::json where id = $1
