//! JSON bodies, whose faults are told with the place of the member.

mod tree;

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use futures::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use self::tree::{Fault, Tree};
use crate::problem::{ApiError, Kind, Violation};

/// A JSON body.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest for JsonBody<T> {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let tree = web::Json::<Tree>::from_request(request, payload);
        Box::pin(async move {
            let read = tree.await?.into_inner().read();
            Ok(Self(read.map_err(refused)?))
        })
    }
}

fn refused(fault: Fault) -> ApiError {
    let detail = format!("the body is not what is wanted: {fault}");
    let violation = Violation::new(fault.pointer, "bad-body", fault.message);
    ApiError::new(Kind::Invalid, detail).with_errors(vec![violation])
}
