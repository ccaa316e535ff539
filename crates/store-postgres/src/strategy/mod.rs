//! Strategies: a row for each version, and one for each strategy that says where its versions end.

mod row;

use async_trait::async_trait;
use domain::{
    error::{EntityRef, StoreError},
    market::Version,
    page::Page,
    strategy::{
        DamagedStrategy, SaveStrategy, SavedStrategy, StrategiesQuery, StrategyHead, StrategyName,
        StrategyStore, StrategyVersion, StrategyVersionsQuery,
    },
};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, ExprTrait as _, Func},
};

use crate::{
    database::{Attempts, Fault, Lane},
    entities::{
        strategy,
        strategy_version::{Column, Entity, Model},
    },
    store::PostgresStore,
};

/// How many strategies are looked at in one statement.
const AT_ONCE: u64 = 100;

/// A number as the database has it; one that it can't have is no version's.
fn stored_number(version: Version) -> Option<i64> {
    i64::try_from(version.0).ok()
}

impl PostgresStore {
    async fn strategy_head(&self, name: &StrategyName) -> Result<Option<StrategyHead>, StoreError> {
        let select = Entity::find()
            .filter(Column::Name.eq(name.as_str()))
            .find_also_related(strategy::Entity)
            .filter(strategy::Column::Name.is_not_null());
        let orm = self.shared.database.orm().await?;
        let found: Result<_, Fault> = orm.run(select.one(&orm.connection)).await;
        let Some((newest, Some(end))) = found? else {
            return Ok(None);
        };
        Ok(Some(StrategyHead {
            newest: newest.try_into()?,
            is_removed: end.removed_through >= end.version,
        }))
    }

    async fn strategy_row(
        &self,
        name: &StrategyName,
        version: Version,
    ) -> Result<Option<StrategyVersion>, StoreError> {
        let Some(number) = stored_number(version) else {
            return Ok(None);
        };
        let select = Entity::find_by_id((name.as_str().to_owned(), number));
        let orm = self.shared.database.orm().await?;
        let found: Result<_, Fault> = orm.run(select.one(&orm.connection)).await;
        found?.map(StrategyVersion::try_from).transpose()
    }

    /// Adds a version behind the one before it, unless somebody else has added one meanwhile.
    async fn add_version(&self, version: &StrategyVersion) -> Result<(), Fault> {
        let document = serde_json::to_string(&version.document).map_err(StoreError::unavailable)?;
        let behind = stored_number(version.version).map(|number| number - 1);
        let mut lease = self.shared.database.lease(Lane::Requests).await?;
        let statement = sqlx::query(include_str!("sql/add.sql"))
            .bind(version.name().as_str())
            .bind(behind)
            .bind(document)
            .bind(version.digest.as_str())
            .bind(version.author.as_str())
            .bind(version.note.as_deref())
            .bind(version.saved_at.micros());
        match lease.execute(statement).await? {
            0 => Err(Fault::Crossed(sqlx::Error::RowNotFound)),
            _ => Ok(()),
        }
    }

    async fn save_once(&self, save: SaveStrategy) -> Result<SavedStrategy, Fault> {
        let head = self.strategy_head(&save.document.name).await?;
        let saved = StrategyHead::followed_by(head.as_ref(), save, self.shared.options.clock.now())?;
        if let SavedStrategy::Saved(version) = &saved {
            self.add_version(version).await?;
        }
        Ok(saved)
    }

    async fn remove_once(&self, name: &StrategyName, expected: Option<Version>) -> Result<(), Fault> {
        let head = self.strategy_head(name).await?;
        let through = StrategyHead::removable(head.as_ref(), name, expected)?;
        let end = |column| Expr::col((strategy::Entity, column));
        let update = strategy::Entity::update_many()
            .col_expr(
                strategy::Column::RemovedThrough,
                Expr::col(strategy::Column::Version),
            )
            .filter(strategy::Column::Name.eq(name.as_str()))
            // Neither saved nor removed meanwhile.
            .filter(end(strategy::Column::Version).eq(stored_number(through)))
            .filter(end(strategy::Column::RemovedThrough).lt(end(strategy::Column::Version)));
        let orm = self.shared.database.orm().await?;
        let done: Result<_, Fault> = orm.run(update.exec(&orm.connection)).await;
        match done?.rows_affected {
            0 => Err(Fault::Crossed(sqlx::Error::RowNotFound)),
            _ => Ok(()),
        }
    }

    async fn replay_once(&self, version: &StrategyVersion) -> Result<(), Fault> {
        let stored = self.strategy_row(version.name(), version.version).await?;
        let last = self.strategy_head(version.name()).await?;
        let last = last.map_or(Version::EMPTY, |head| head.newest.version);
        if StrategyHead::takes(version, last, stored.as_ref())? {
            self.add_version(version).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl StrategyStore for PostgresStore {
    async fn save_strategy(&self, save: SaveStrategy) -> Result<SavedStrategy, StoreError> {
        let mut attempts = Attempts::within(self.shared.options.lock_wait);
        loop {
            match self.save_once(save.clone()).await {
                Ok(saved) => return Ok(saved),
                Err(fault) => attempts.again(fault).await?,
            }
        }
    }

    async fn replay_strategy(&self, version: &StrategyVersion) -> Result<(), StoreError> {
        let mut attempts = Attempts::within(self.shared.options.lock_wait);
        loop {
            match self.replay_once(version).await {
                Ok(()) => return Ok(()),
                Err(fault) => attempts.again(fault).await?,
            }
        }
    }

    async fn strategy(
        &self,
        name: &StrategyName,
        version: Option<Version>,
    ) -> Result<Option<StrategyVersion>, StoreError> {
        match version {
            Some(version) => self.strategy_row(name, version).await,
            None => Ok(self
                .strategy_head(name)
                .await?
                .filter(|head| !head.is_removed)
                .map(|head| head.newest)),
        }
    }

    async fn strategies(
        &self,
        query: StrategiesQuery,
    ) -> Result<Page<StrategyVersion, StrategyName>, StoreError> {
        let end = |column| Expr::col((strategy::Entity, column));
        let removed = end(strategy::Column::RemovedThrough).gte(end(strategy::Column::Version));
        let mut select = Entity::find()
            .inner_join(strategy::Entity)
            .filter(if query.removed { removed } else { removed.not() })
            .order_by_asc(Column::Name)
            .limit(query.page.limit.get() as u64 + 1);
        if let Some(after) = &query.page.after {
            select = select.filter(Column::Name.gt(after.as_str()));
        }
        if let Some(text) = &query.text {
            // Not by LIKE, whose wildcards a text may hold.
            let place = Func::cust("strpos")
                .arg(Expr::col((Entity, Column::Name)))
                .arg(text.to_lowercase());
            select = select.filter(Expr::from(place).gt(0));
        }
        let orm = self.shared.database.orm().await?;
        let found: Result<Vec<Model>, Fault> = orm.run(select.all(&orm.connection)).await;
        let named = found?
            .into_iter()
            .map(|row| Ok((row::name_of(&row)?, row)))
            .collect::<Result<Vec<_>, StoreError>>()?;
        let page = Page::cut(named, query.page.limit, |(name, _)| name.clone());
        let readable = page.items.into_iter().map(|(name, row)| {
            let entity = EntityRef::Strategy(name);
            self.shared.passed_over.readable(&entity, row.try_into())
        });
        Ok(Page {
            items: readable.filter_map(Result::transpose).collect::<Result<_, _>>()?,
            next: page.next,
        })
    }

    async fn damaged_strategies(&self) -> Result<Vec<DamagedStrategy>, StoreError> {
        let orm = self.shared.database.orm().await?;
        let mut damaged = Vec::new();
        let mut after = String::new();
        loop {
            let select = Entity::find()
                .inner_join(strategy::Entity)
                .filter(Column::Name.gt(after.as_str()))
                .order_by_asc(Column::Name)
                .limit(AT_ONCE);
            let found: Result<Vec<Model>, Fault> = orm.run(select.all(&orm.connection)).await;
            let found = found?;
            let Some(last) = found.last() else {
                return Ok(damaged);
            };
            after.clone_from(&last.name);
            for row in found {
                let (name, newest) = (row::name_of(&row)?, row::number_of(&row)?);
                if matches!(StrategyVersion::try_from(row), Err(StoreError::Corrupt { .. })) {
                    damaged.push(DamagedStrategy { name, newest });
                }
            }
        }
    }

    async fn strategy_versions(
        &self,
        query: StrategyVersionsQuery,
    ) -> Result<Page<StrategyVersion, Version>, StoreError> {
        let mut select = Entity::find()
            .filter(Column::Name.eq(query.name.as_str()))
            .order_by_desc(Column::Version)
            .limit(query.page.limit.get() as u64 + 1);
        if let Some(after) = query.page.after.and_then(stored_number) {
            select = select.filter(Column::Version.lt(after));
        }
        let orm = self.shared.database.orm().await?;
        let found: Result<Vec<Model>, Fault> = orm.run(select.all(&orm.connection)).await;
        drop(orm);
        let items = found?
            .into_iter()
            .map(StrategyVersion::try_from)
            .collect::<Result<Vec<_>, _>>()?;
        if items.is_empty() && self.strategy_row(&query.name, Version(1)).await?.is_none() {
            return Err(StrategyHead::missing(&query.name));
        }
        Ok(Page::cut(items, query.page.limit, |item| item.version))
    }

    async fn remove_strategy(
        &self,
        name: &StrategyName,
        expected: Option<Version>,
    ) -> Result<(), StoreError> {
        let mut attempts = Attempts::within(self.shared.options.lock_wait);
        loop {
            match self.remove_once(name, expected).await {
                Ok(()) => return Ok(()),
                Err(fault) => attempts.again(fault).await?,
            }
        }
    }
}
