update backtest set title = $2, notes = $3, tags = $4, folded = $5 where id = $1
