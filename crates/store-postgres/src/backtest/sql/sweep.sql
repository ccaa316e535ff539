select s.id, s.status, s.finished_at, s.row_count, s.record::text as record, r.first_row, r.rows::text as rows
from sweep s
left join sweep_rows r on r.sweep_id = s.id
where s.id = $1
order by r.first_row
