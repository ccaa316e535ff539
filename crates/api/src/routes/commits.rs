//! The history of a series: commits, differences, reverts.

use actix_web::{HttpRequest, get, post, web};
use domain::{
    error::{EntityRef, StoreError},
    market::{AsOf, Bar, Commit, CommitsQuery, Revert, SeriesKey, Timestamp, Version},
    page::PageRequest,
};
use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{page::PageBody, written::WrittenBody};
use crate::{
    context::Context,
    cursor,
    problem::{ApiError, Problems},
    request::{JsonBody, NoParams, Parsed, SeriesParts, SeriesPath, expected_version, page_limit},
    shown::shown_file,
};

/// How many commits a page has when nobody says, and at most.
const PAGE: (usize, usize) = (100, 1_000);
/// How many bars a list of differences has when nobody says, and at most.
const DIFFERENCES: (usize, usize) = (1_000, 10_000);

/// One commit: what made a version, and what the series held afterwards.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CommitBody {
    /// The version that it made.
    version: u64,
    /// What kind of write it was: upsert, replace, delete or revert.
    kind: String,
    /// Who made it.
    author: String,
    /// Why.
    reason: Option<String>,
    /// The import that it belongs to.
    import_id: Option<String>,
    /// The file that the bars came from.
    source_name: Option<String>,
    /// The SHA-256 of that file.
    source_sha256: Option<String>,
    /// How many bars were new.
    inserted: u64,
    /// How many bars got other values.
    changed: u64,
    /// How many bars went away.
    deleted: u64,
    /// How many bars the series holds afterwards.
    bars: u64,
    /// The digest of the series afterwards.
    digest: String,
    /// When it was committed.
    committed_at: String,
}

impl From<Commit> for CommitBody {
    fn from(commit: Commit) -> Self {
        Self {
            version: commit.version.0,
            kind: commit.kind.to_string(),
            author: commit.author.to_string(),
            reason: commit.reason,
            import_id: commit.import_id.map(|id| id.to_string()),
            source_name: commit.source_name.map(|name| shown_file(&name).to_owned()),
            source_sha256: commit.source_sha256.map(|hash| hash.to_string()),
            inserted: commit.inserted,
            changed: commit.changed,
            deleted: commit.deleted,
            bars: commit.bars,
            digest: commit.digest.to_string(),
            committed_at: commit.committed_at.to_string(),
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// At most how many, up to 1,000.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// Lists the commits of a series, the newest first
#[utoipa::path(
    tag = "history",
    params(
        SeriesParts,
        ListParams
    ),
    responses((status = 200, description = "A page of commits.", body = PageBody<CommitBody>), Problems)
)]
#[get("/series/{venue}/{symbol}/{timeframe}/commits")]
pub(crate) async fn list(
    context: web::Data<Context>,
    path: SeriesPath,
    params: web::Query<ListParams>,
) -> Result<web::Json<PageBody<CommitBody>>, ApiError> {
    let mut parsed = Parsed::default();
    let limit = page_limit(&mut parsed, params.limit.as_ref(), PAGE.0, PAGE.1);
    parsed.finish()?;
    let mut page = PageRequest::first(limit);
    if let Some(cursor) = &params.cursor {
        page = page.after(cursor::read::<Version>(cursor)?);
    }
    let found = context
        .stores
        .prices
        .commits(CommitsQuery { key: path.0, page })
        .await?;
    Ok(web::Json(PageBody {
        items: found.items.into_iter().map(CommitBody::from).collect(),
        next_cursor: found.next.map(|next| cursor::written(&next)).transpose()?,
    }))
}

/// The values of a bar.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ValuesBody {
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    /// What was traded; null when unknown.
    volume: Option<f64>,
}

impl From<Bar> for ValuesBody {
    fn from(bar: Bar) -> Self {
        Self {
            open: bar.open,
            high: bar.high,
            low: bar.low,
            close: bar.close,
            volume: (!bar.volume.is_nan()).then_some(bar.volume),
        }
    }
}

/// A bar that differs between two versions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DifferenceBody {
    /// When it opens.
    time: String,
    /// Its values in the earlier version; null when that does not have it.
    before: Option<ValuesBody>,
    /// Its values in the later version; null when that does not have it.
    after: Option<ValuesBody>,
}

/// What differs between two versions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DiffBody {
    /// The earlier version.
    from: u64,
    /// The later version.
    to: u64,
    /// How many bars are new.
    inserted: u64,
    /// How many bars have other values.
    changed: u64,
    /// How many bars are gone.
    deleted: u64,
    /// The differences in the order of time, the first `limit` of them.
    items: Vec<DifferenceBody>,
    /// Whether there are more than are listed.
    truncated: bool,
}

async fn compared(
    context: &Context,
    key: &SeriesKey,
    from: Version,
    to: Version,
    limit: usize,
) -> Result<DiffBody, ApiError> {
    let _turn = context.turn().await?;
    let mut diff = DiffBody {
        from: from.0,
        to: to.0,
        inserted: 0,
        changed: 0,
        deleted: 0,
        items: Vec::new(),
        truncated: false,
    };
    let mut changes = context.stores.prices.diff(key, from, to);
    while let Some(batch) = changes.try_next().await? {
        diff.inserted += batch.inserted.len() as u64;
        diff.changed += batch.after.len() as u64;
        diff.deleted += batch.deleted.len() as u64;
        if diff.items.len() <= limit {
            let item = |time: i64, before: Option<Bar>, after: Option<Bar>| (time, before, after);
            let mut items: Vec<_> = batch
                .inserted
                .rows()
                .map(|bar| item(bar.time, None, Some(bar)))
                .collect();
            items.extend(batch.deleted.rows().map(|bar| item(bar.time, Some(bar), None)));
            let pairs = batch.before.rows().zip(batch.after.rows());
            items.extend(pairs.map(|(before, after)| item(after.time, Some(before), Some(after))));
            items.sort_by_key(|(time, ..)| *time);
            let room = limit + 1 - diff.items.len();
            diff.items.extend(
                items
                    .into_iter()
                    .take(room)
                    .map(|(time, before, after)| DifferenceBody {
                        time: Timestamp::saturating(time).to_string(),
                        before: before.map(Into::into),
                        after: after.map(Into::into),
                    }),
            );
        }
    }
    diff.truncated = diff.items.len() > limit;
    diff.items.truncate(limit);
    Ok(diff)
}

/// A commit, and what it changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CommitDetailBody {
    /// The commit.
    commit: CommitBody,
    /// What it changed against the version before.
    changes: DiffBody,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ShowParams {
    /// At most how many differences are listed, up to 10,000.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
}

/// The part of a commit's path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct VersionPart {
    /// The version that the commit made.
    #[param(value_type = u64)]
    version: String,
}

/// Shows a commit and what it changed
#[utoipa::path(
    tag = "history",
    params(
        SeriesParts,
        VersionPart,
        ShowParams
    ),
    responses((status = 200, description = "The commit.", body = CommitDetailBody), Problems)
)]
#[get("/series/{venue}/{symbol}/{timeframe}/commits/{version}")]
pub(crate) async fn show(
    context: web::Data<Context>,
    path: SeriesPath,
    part: web::Path<VersionPart>,
    params: web::Query<ShowParams>,
) -> Result<web::Json<CommitDetailBody>, ApiError> {
    let mut parsed = Parsed::default();
    let limit = page_limit(&mut parsed, params.limit.as_ref(), DIFFERENCES.0, DIFFERENCES.1);
    parsed.finish()?;
    let version = part
        .version
        .parse()
        .map(Version)
        .map_err(|_| ApiError::parameter("version", "give a number"))?;
    let commit = context
        .stores
        .prices
        .commit_at(&path.0, AsOf::Version(version))
        .await?;
    let commit = commit.ok_or_else(|| StoreError::NotFound(EntityRef::Version(path.0.clone(), version)))?;
    let before = Version(version.0.saturating_sub(1));
    Ok(web::Json(CommitDetailBody {
        changes: compared(&context, &path.0, before, version, limit).await?,
        commit: commit.into(),
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DiffParams {
    /// The earlier version; 0 is the empty series.
    #[param(value_type = u64)]
    from: Option<String>,
    /// The later version; the newest when not given.
    #[param(value_type = Option<u64>)]
    to: Option<String>,
    /// At most how many differences are listed, up to 10,000.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
}

/// Compares two versions
#[utoipa::path(
    tag = "history",
    params(
        SeriesParts,
        DiffParams
    ),
    responses((status = 200, description = "What differs.", body = DiffBody), Problems)
)]
#[get("/series/{venue}/{symbol}/{timeframe}/diff")]
pub(crate) async fn compare(
    context: web::Data<Context>,
    path: SeriesPath,
    params: web::Query<DiffParams>,
) -> Result<web::Json<DiffBody>, ApiError> {
    let mut parsed = Parsed::default();
    let limit = page_limit(&mut parsed, params.limit.as_ref(), DIFFERENCES.0, DIFFERENCES.1);
    if params.from.is_none() {
        parsed.refuse("from", "name the earlier version; 0 is the empty series");
    }
    let from: Option<u64> = parsed.optional("from", params.from.as_ref());
    let to: Option<u64> = parsed.optional("to", params.to.as_ref());
    parsed.finish()?;
    let to = match to {
        Some(to) => Version(to),
        None => {
            app::bars::state(&context.stores, &path.0, AsOf::Head)
                .await?
                .version
        }
    };
    Ok(web::Json(
        compared(&context, &path.0, Version(from.unwrap_or(0)), to, limit).await?,
    ))
}

/// Which version is to come back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct RevertBody {
    /// The version whose contents come back; 0 empties the series.
    version: u64,
    /// Why, for the record.
    reason: Option<String>,
}

/// Brings an earlier version's contents back, as a new version
#[utoipa::path(
    tag = "history",
    params(
        SeriesParts,
        ("If-Match" = Option<String>, Header, description = "The version that the series must have, `\"v3\"`.")
    ),
    request_body = RevertBody,
    responses((status = 200, description = "What became of it.", body = WrittenBody), Problems)
)]
#[post("/series/{venue}/{symbol}/{timeframe}/revert")]
pub(crate) async fn bring_back(
    _: web::Query<NoParams>,
    context: web::Data<Context>,
    path: SeriesPath,
    JsonBody(body): JsonBody<RevertBody>,
    request: HttpRequest,
) -> Result<web::Json<WrittenBody>, ApiError> {
    let RevertBody { version, reason } = body;
    let revert = Revert {
        to: Version(version),
        expected: expected_version(&request)?,
        meta: context.meta(reason)?,
    };
    let (key, prices) = (path.0, context.stores.prices.clone());
    let written = context
        .to_its_end(async move { prices.revert(&key, revert).await })
        .await?;
    Ok(web::Json(written.into()))
}
