//! The OpenAPI document, and what it knows about paths.

use std::collections::BTreeMap;

use actix_web::dev::ResourceDef;
use utoipa::{
    OpenApi,
    openapi::{OpenApi as Document, PathItem},
};

/// What stands in the document besides the routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Chandlery",
        description = "Price history as series of immutable versions, strategies, and backtests that can be run \
                       again. Times are RFC 3339, UTC; ranges are half-open; errors are problems (RFC 9457).",
        license(name = "MIT OR Apache-2.0")
    ),
    components(schemas(crate::problem::Problem)),
    tags(
        (name = "series", description = "The catalogue of series."),
        (name = "bars", description = "Reading and writing bars."),
        (name = "history", description = "Versions, differences, gaps."),
        (name = "instruments", description = "What is traded."),
        (name = "strategies", description = "Documents of rules, and their versions."),
        (name = "imports", description = "Price files, uploaded."),
        (name = "backtests", description = "Strategies run over series, and sweeps over their parameters."),
        (name = "live", description = "Hints of what changes."),
        (name = "operations", description = "Health and metrics.")
    )
)]
pub(crate) struct Description;

/// The paths that there are, and the methods that each takes.
#[derive(Debug, Clone)]
pub(crate) struct Routes(Vec<(ResourceDef, Vec<&'static str>)>);

impl Routes {
    /// Takes the paths of the document.
    pub(crate) fn of(document: &Document) -> Self {
        let routes = document.paths.paths.iter();
        let described = routes.map(|(path, item)| (ResourceDef::new(path.as_str()), methods(item)));
        // The document describes neither itself nor its reader.
        let own = ["/api/openapi.json", "/api/docs", "/api/docs/{tail:.*}"];
        let own = own.map(|path| (ResourceDef::new(path), vec!["GET"]));
        Self(described.chain(own).collect())
    }

    /// Returns the methods that a path takes; none when there is no such path.
    pub(crate) fn methods_at(&self, path: &str) -> Vec<&'static str> {
        // A fixed name and a name of any kind may stand in the same place: `check` and `{name}`.
        let found = self.0.iter().filter(|(pattern, _)| pattern.is_match(path));
        found.flat_map(|(_, methods)| methods).copied().collect()
    }
}

fn methods(item: &PathItem) -> Vec<&'static str> {
    let all = [
        ("GET", item.get.is_some()),
        ("HEAD", item.head.is_some()),
        ("PUT", item.put.is_some()),
        ("POST", item.post.is_some()),
        ("PATCH", item.patch.is_some()),
        ("DELETE", item.delete.is_some()),
    ];
    all.into_iter()
        .filter(|(_, takes)| *takes)
        .map(|(name, _)| name)
        .collect()
}

/// Returns the document with what can't be told by its parts.
pub(crate) fn finished(mut document: Document) -> Document {
    env!("CARGO_PKG_VERSION").clone_into(&mut document.info.version);
    document
}

/// Returns the document as JSON, its maps in order.
///
/// # Errors
/// When it can't be written, which would be a fault of the document.
pub fn json(document: &Document) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(
        &serde_json::to_value(document)?
            .as_object()
            .cloned()
            .map(BTreeMap::from_iter),
    )
}
