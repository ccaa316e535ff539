insert into sweep (id, status, finished_at, row_count, record) values ($1, $2, $3, $4, $5::json)
