//! What is traded.

use actix_web::{get, patch, web};
use domain::{
    error::{EntityRef, StoreError},
    market::{AssetClass, Currency, Instrument, InstrumentsQuery, Symbol, Venue, Zone},
    page::PageRequest,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page::PageBody;
use crate::{
    context::Context,
    cursor,
    problem::{ApiError, Problems},
    request::{
        InstrumentParts, InstrumentPath, JsonBody, NoParams, Parsed, given, invalid, member, page_limit,
    },
};

/// How many instruments a page has when nobody says, and at most.
const PAGE: (usize, usize) = (100, 1_000);

/// An instrument.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InstrumentBody {
    /// Where it trades.
    venue: String,
    /// What it is called there.
    symbol: String,
    /// What kind of thing it is: equity, etf, fx, crypto, future, option, index, commodity, bond or unknown.
    asset_class: String,
    /// What prices are quoted in.
    currency: Option<String>,
    /// Where days begin and end for it, an IANA name or an offset.
    #[schema(example = "America/New_York")]
    zone: String,
    /// How many trading sessions a year has.
    sessions_per_year: u16,
    /// Whether prices of zero and below are possible.
    allows_nonpositive: bool,
}

impl From<Instrument> for InstrumentBody {
    fn from(instrument: Instrument) -> Self {
        Self {
            venue: instrument.venue.to_string(),
            symbol: instrument.symbol.to_string(),
            asset_class: instrument.asset_class.to_string(),
            currency: instrument.currency.map(|currency| currency.to_string()),
            zone: instrument.zone.to_string(),
            sessions_per_year: instrument.sessions_per_year,
            allows_nonpositive: instrument.allows_nonpositive,
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// Those of one venue.
    #[param(pattern = "^[A-Za-z0-9._-]{1,32}$")]
    venue: Option<String>,
    /// At most how many, up to 1,000.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// Lists instruments by venue and symbol
#[utoipa::path(
    tag = "instruments",
    params(ListParams),
    responses((status = 200, description = "A page of instruments.", body = PageBody<InstrumentBody>), Problems)
)]
#[get("/instruments")]
pub(crate) async fn list(
    context: web::Data<Context>,
    params: web::Query<ListParams>,
) -> Result<web::Json<PageBody<InstrumentBody>>, ApiError> {
    let mut parsed = Parsed::default();
    let venue: Option<Venue> = parsed.optional("venue", params.venue.as_ref());
    let limit = page_limit(&mut parsed, params.limit.as_ref(), PAGE.0, PAGE.1);
    parsed.finish()?;
    let mut page = PageRequest::first(limit);
    if let Some(cursor) = &params.cursor {
        page = page.after(cursor::read::<(Venue, Symbol)>(cursor)?);
    }
    let found = context
        .stores
        .instruments
        .instruments(InstrumentsQuery { venue, page })
        .await?;
    Ok(web::Json(PageBody {
        items: found.items.into_iter().map(InstrumentBody::from).collect(),
        next_cursor: found.next.map(|next| cursor::written(&next)).transpose()?,
    }))
}

async fn find(context: &Context, path: &InstrumentPath) -> Result<Instrument, ApiError> {
    let InstrumentPath(venue, symbol) = path;
    let found = context.stores.instruments.instrument(venue, symbol).await?;
    found.ok_or_else(|| StoreError::NotFound(EntityRef::Instrument(venue.clone(), symbol.clone())).into())
}

/// Shows one instrument
#[utoipa::path(
    tag = "instruments",
    params(
        InstrumentParts
    ),
    responses((status = 200, description = "The instrument.", body = InstrumentBody), Problems)
)]
#[get("/instruments/{venue}/{symbol}")]
pub(crate) async fn show(
    _: web::Query<NoParams>,
    context: web::Data<Context>,
    path: InstrumentPath,
) -> Result<web::Json<InstrumentBody>, ApiError> {
    Ok(web::Json(find(&context, &path).await?.into()))
}

/// What is to be changed of an instrument; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct UpdateBody {
    /// What kind of thing it is.
    asset_class: Option<String>,
    /// What prices are quoted in; null for not known.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    #[expect(
        clippy::option_option,
        reason = "null and what is left out mean different things"
    )]
    currency: Option<Option<String>>,
    /// Where days begin and end for it.
    zone: Option<String>,
    /// How many trading sessions a year has, 1 to 366.
    sessions_per_year: Option<u16>,
    /// Whether prices of zero and below are possible.
    allows_nonpositive: Option<bool>,
}

impl UpdateBody {
    /// Changes what it names.
    fn change(&self, instrument: &mut Instrument) -> Result<(), ApiError> {
        if let Some(class) = &self.asset_class {
            instrument.asset_class = member::<AssetClass>("asset_class", class)?;
        }
        if let Some(currency) = &self.currency {
            let currency = currency.as_ref().map(|text| member::<Currency>("currency", text));
            instrument.currency = currency.transpose()?;
        }
        if let Some(zone) = &self.zone {
            instrument.zone = member::<Zone>("zone", zone)?;
        }
        if let Some(sessions) = self.sessions_per_year {
            if !(1..=366).contains(&sessions) {
                return Err(invalid(
                    "sessions_per_year",
                    format!("{sessions} is no number of sessions from 1 to 366"),
                ));
            }
            instrument.sessions_per_year = sessions;
        }
        if let Some(allows) = self.allows_nonpositive {
            instrument.allows_nonpositive = allows;
        }
        Ok(())
    }
}

/// Changes an instrument
#[utoipa::path(
    tag = "instruments",
    params(
        InstrumentParts
    ),
    request_body = UpdateBody,
    responses((status = 200, description = "The instrument as it is now.", body = InstrumentBody), Problems)
)]
#[patch("/instruments/{venue}/{symbol}")]
pub(crate) async fn update(
    _: web::Query<NoParams>,
    context: web::Data<Context>,
    path: InstrumentPath,
    JsonBody(body): JsonBody<UpdateBody>,
) -> Result<web::Json<InstrumentBody>, ApiError> {
    let shared = context.clone().into_inner();
    let work = async move {
        let _alone = shared.changing_instruments.lock().await;
        let mut instrument = find(&shared, &path).await?;
        body.change(&mut instrument)?;
        shared.stores.instruments.put_instrument(&instrument).await?;
        Ok::<_, ApiError>(instrument)
    };
    let instrument = context.to_its_end(work).await?;
    Ok(web::Json(instrument.into()))
}
