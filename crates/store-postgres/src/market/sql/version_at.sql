select version from price_commit
where series_id = $1 and committed_at <= $2
order by committed_at desc limit 1
