//! The suite, stamped on the store in memory: it shows that the cases agree with each other and can be passed.

mod price {
    testkit::price_contract!(testkit::memory::MemoryHarness);
}

mod instrument {
    testkit::instrument_contract!(testkit::memory::MemoryHarness);
}

mod import {
    testkit::import_contract!(testkit::memory::MemoryHarness);
}

mod strategy {
    testkit::strategy_contract!(testkit::memory::MemoryHarness);
}

mod backtest {
    testkit::backtest_contract!(testkit::memory::MemoryHarness);
}

mod job {
    testkit::job_contract!(testkit::memory::MemoryHarness);
}

mod model {
    testkit::model_contract!(testkit::memory::MemoryHarness);
}
