// What the two programs have in common: a module a topic.

mod backtests;
mod bars;
mod catalogue;
mod client;
mod conditions;
mod doors;
mod durability;
mod formats;
mod history;
mod hostile;
mod imports;
mod mischief;
mod operations;
mod orders;
mod problems;
mod secrets;
mod strategies;
mod streams;
mod upload;
mod writes;

use tests::raw;
