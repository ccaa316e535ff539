//! Loss of power, failing and full disks, and flipped bits.

mod damage;
mod faults;
mod history;
mod power_loss;
mod simulated;
