insert into sweep_rows (sweep_id, first_row, rows)
select $1, n.first_row, n.rows::json from unnest($2::bigint[], $3::text[]) as n (first_row, rows)
