select b.point_count, c.first_time, c.points, c.time, c.equity
from backtest b
left join equity_chunk c on c.backtest_id = b.id
where b.id = $1
order by c.first_time
