//! Taking files in.

use std::io;

use actix_multipart::{Multipart, MultipartError};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, CONTENT_TYPE},
    post, web,
};
use app::uploads::{Upload, UploadName};
use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt};
use utoipa::ToSchema;

use super::{body::ImportBody, options::UploadParams};
use crate::{
    context::Context,
    problem::{ApiError, Kind, Problems, Violation},
    request::{coding, declared, in_time},
};

/// What a file is called whose name nobody says.
const UNNAMED: &str = "upload";
/// The most files of one upload.
const FILES: usize = 1_000;

/// Files in a form.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it stands in the OpenAPI document alone")]
pub(crate) struct UploadForm {
    /// One or more price files, plain, .gz, .zst or .zip, each with its name.
    #[schema(format = Binary, value_type = Vec<String>)]
    file: Vec<Vec<u8>>,
}

/// Uploads price files and imports them
///
/// The files of one request are one import, and go on as one after the answer: `GET` what `Location` names. With
/// `dry_run=true` they are only checked; `confirm` then imports them, as long as the series are what they were.
#[utoipa::path(
    tag = "imports",
    params(UploadParams),
    request_body(content(
        (UploadForm = "multipart/form-data"),
        (Vec<u8> = "application/octet-stream"),
        (String = "text/csv")
    ), description = "A form with files, or one file as it is."),
    responses(
        (status = 202, description = "The import begins.", body = ImportBody,
            headers(("Location" = String, description = "Where the import can be followed."))),
        Problems
    )
)]
#[post("/imports")]
pub(crate) async fn receive(
    context: web::Data<Context>,
    params: web::Query<UploadParams>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let order = params.order(&context)?;
    context.desk.admit()?;
    if coding(request.headers())?.is_some() {
        let message = "send compressed files as they are, without Content-Encoding; they are recognised";
        return Err(ApiError::new(Kind::MediaType, message));
    }
    let _turn = context.uploading_turn().await?;
    let most = context.limits.upload_bytes;
    if declared(request.headers()).is_some_and(|declared| declared > most) {
        return Err(too_large(most));
    }
    let mut upload = Upload::begin(Some(context.read.scratch.clone()))
        .await
        .map_err(disk)?;
    let is_form = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.to_ascii_lowercase().starts_with("multipart/"));
    if is_form {
        take_form(&mut upload, Multipart::new(request.headers(), body), most).await?;
    } else {
        let name = params.file_name.as_deref().unwrap_or(UNNAMED);
        take(&mut upload, name, body.map_err(|error| broken(&error)), most).await?;
    }
    if upload.is_empty() || upload.bytes() == 0 {
        let message = "no file was sent; send a form with parts named `file`, or the file as the body";
        return Err(ApiError::new(Kind::Invalid, message));
    }
    let status = context.desk.submit(upload, order)?;
    let location = format!("/api/v1/imports/{}", status.id);
    Ok(HttpResponse::Accepted()
        .insert_header((header::LOCATION, location))
        .json(ImportBody::from(status)))
}

async fn take_form(upload: &mut Upload, mut form: Multipart, most: u64) -> Result<(), ApiError> {
    let mut files = 0;
    while let Some(field) = in_time(form.try_next()).await?.map_err(|error| in_form(&error))? {
        if field.name() != Some("file") {
            let name = field.name().unwrap_or_default().to_owned();
            let message = format!("the part `{name}` is not expected; files are in parts named `file`");
            return Err(ApiError::new(Kind::Invalid, message));
        }
        files += 1;
        if files > FILES {
            let message = format!("more than {FILES} files were sent; send them as an archive");
            return Err(ApiError::new(Kind::Invalid, message));
        }
        let name = field
            .content_disposition()
            .and_then(|disposition| disposition.get_filename());
        let name = name.unwrap_or(UNNAMED).to_owned();
        take(upload, &name, field.map_err(|error| in_form(&error)), most).await?;
    }
    Ok(())
}

async fn take(
    upload: &mut Upload,
    name: &str,
    bytes: impl Stream<Item = Result<Bytes, ApiError>>,
    most: u64,
) -> Result<(), ApiError> {
    let name: UploadName = name.parse().map_err(|error: app::uploads::UploadNameError| {
        let violation = Violation::new("/file", "bad-name", error.to_string());
        ApiError::new(Kind::Invalid, error.to_string()).with_errors(vec![violation])
    })?;
    let mut file = upload.file(&name).await.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
            ApiError::new(Kind::Invalid, "two files were sent under one name")
        }
        _ => disk(error),
    })?;
    let mut bytes = std::pin::pin!(bytes);
    while let Some(chunk) = in_time(bytes.next()).await? {
        if file.write(&chunk?).await.map_err(disk)? > most {
            return Err(too_large(most));
        }
    }
    file.finish().await.map_err(disk)
}

fn too_large(most: u64) -> ApiError {
    let message =
        format!("the upload has more than {most} bytes; send it in parts, or raise http.max_upload_mib");
    ApiError::new(Kind::TooLarge, message)
}

fn disk(error: io::Error) -> ApiError {
    let message = "the upload can't be kept: the server's disk is full or fails";
    ApiError::new(Kind::Unavailable, message).caused_by(error)
}

fn broken(error: &impl std::fmt::Display) -> ApiError {
    ApiError::new(Kind::BadRequest, format!("the body broke off: {error}"))
}

fn in_form(error: &MultipartError) -> ApiError {
    ApiError::new(Kind::BadRequest, format!("the form can't be read: {error}"))
}
