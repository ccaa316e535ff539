select b.trade_count, t.number, t.side, t.units, t.entry_time, t.entry_price, t.exit_time, t.exit_price,
       t.exit_reason, t.gross, t.costs, t.net, t.net_return
from backtest b
left join trade t on t.backtest_id = b.id
where b.id = $1
order by t.number
