select zone from instrument where venue = $1 and symbol = $2
