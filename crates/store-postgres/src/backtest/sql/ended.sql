select b.id, b.status, b.finished_at, b.title, b.notes, b.tags, b.record::text as record
from backtest b
where b.status in ('done', 'failed', 'cancelled') and ($1::uuid is null or b.id > $1)
order by b.id limit 200
