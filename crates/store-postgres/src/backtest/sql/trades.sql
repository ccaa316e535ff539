select b.trade_count, t.number, t.side, t.units, t.entry_time, t.entry_price, t.exit_time, t.exit_price,
       t.exit_reason, t.gross, t.costs, t.net, t.net_return
from backtest b
left join lateral (
    select *
    from trade
    where backtest_id = b.id and number > $2
    order by number
    limit $3
) t on true
where b.id = $1
order by t.number
