//! The migrations, oldest first. Each is frozen once it is released: what it says is what ran on people's servers.

use sea_orm_migration::{
    MigrationName, MigrationTrait, MigratorTrait, SchemaManager,
    async_trait::async_trait,
    sea_orm::{ConnectionTrait, DbErr},
};

/// One migration: SQL forth and back.
struct Step {
    name: &'static str,
    up: &'static str,
    down: &'static str,
}

/// Makes the step whose SQL lies in the folder of that name.
macro_rules! step {
    ($number:literal, $folder:literal) => {
        Step {
            name: concat!("m", $number, "_", $folder),
            up: include_str!(concat!($folder, "/up.sql")),
            down: include_str!(concat!($folder, "/down.sql")),
        }
    };
}

const STEPS: [Step; 10] = [
    step!("0001", "instruments"),
    step!("0002", "commits"),
    step!("0003", "chunks"),
    step!("0004", "imports"),
    step!("0005", "reporting"),
    step!("0006", "removal"),
    step!("0007", "strategies"),
    step!("0008", "guards"),
    step!("0009", "backtests"),
    step!("0010", "attempts"),
];

/// The name of the newest step.
pub(crate) const LATEST: &str = STEPS[STEPS.len() - 1].name;

/// Returns the names of all steps, oldest first.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    STEPS.iter().map(|step| step.name)
}

/// Returns a number that tells this set of migrations from every other: FNV-1a over their SQL.
pub(crate) fn fingerprint() -> u64 {
    let texts = STEPS.iter().flat_map(|step| [step.name, step.up, step.down]);
    let bytes = texts.flat_map(|text| text.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

impl MigrationName for Step {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(self.up).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(self.down).await?;
        Ok(())
    }
}

/// Runs the steps.
pub(crate) struct Migrator;

#[async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        STEPS
            .iter()
            .map(|Step { name, up, down }| Box::new(Step { name, up, down }) as Box<dyn MigrationTrait>)
            .collect()
    }
}
