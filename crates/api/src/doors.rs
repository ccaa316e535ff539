//! Which requests are let in: those for this server, and not those that another site makes a browser send.
//!
//! A page of another site can make a browser send requests to a server on the same machine. A Host that is neither
//! loopback nor known catches names that were rebound to it; Origin and Sec-Fetch-Site catch the rest.

use std::net::{IpAddr, SocketAddr};

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, header},
    middleware::Next,
    web,
};
use url::{Host, Url};

use crate::problem::{ApiError, Kind};

/// The names that this server answers to.
#[derive(Debug, Clone)]
pub struct Doors {
    listen: SocketAddr,
    public: Option<Url>,
}

impl Doors {
    /// Makes the doors of a server that listens at `listen` and is also known as `public`.
    pub fn new(listen: SocketAddr, public: Option<Url>) -> Self {
        Self { listen, public }
    }

    fn knows_host(&self, authority: &str) -> bool {
        let Ok(url) = Url::parse(&format!("http://{authority}/")) else {
            return false;
        };
        // Whoever writes credentials or a path into a host is up to something.
        if !url.username().is_empty() || url.password().is_some() || url.path() != "/" {
            return false;
        }
        let public = self.public.as_ref().and_then(Url::host_str);
        match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || Some(name) == public,
            Some(Host::Ipv4(address)) => self.knows_address(address.into(), public),
            Some(Host::Ipv6(address)) => self.knows_address(address.into(), public),
            None => false,
        }
    }

    fn knows_address(&self, address: IpAddr, public: Option<&str>) -> bool {
        let listens = self.listen.ip();
        // Listening everywhere says nothing about the addresses of the machine: any of them may be meant.
        address.is_loopback()
            || address == listens
            || listens.is_unspecified()
            || public.is_some_and(|public| public.trim_matches(['[', ']']) == address.to_string())
    }

    /// Tells whether pages of `origin` are of this server, which `authority` names.
    fn is_own(&self, origin: &str, authority: &str) -> bool {
        let Ok(url) = Url::parse(origin) else { return false };
        if self
            .public
            .as_ref()
            .is_some_and(|public| public.origin() == url.origin())
        {
            return true;
        }
        let own = Url::parse(&format!("{}://{authority}/", url.scheme()));
        own.is_ok_and(|own| own.origin() == url.origin())
    }

    fn check(&self, request: &ServiceRequest) -> Result<(), ApiError> {
        let text = |name| {
            request
                .headers()
                .get(name)
                .map(|value: &header::HeaderValue| value.to_str().ok())
        };
        let authority = match text(header::HOST) {
            Some(host) => host.unwrap_or_default().to_owned(),
            None => request
                .uri()
                .authority()
                .map(ToString::to_string)
                .unwrap_or_default(),
        };
        if !self.knows_host(&authority) {
            let shown: String = authority.chars().take(100).collect();
            let detail = format!(
                "the host `{shown}` is not one of this server's names; set http.public_url to the address it is known by"
            );
            return Err(ApiError::new(Kind::Forbidden, detail));
        }
        if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
            return Ok(());
        }
        if let Some(origin) = text(header::ORIGIN)
            && !origin.is_some_and(|origin| self.is_own(origin, &authority))
        {
            let detail = "a page of another site may not write here";
            return Err(ApiError::new(Kind::Forbidden, detail));
        }
        match text(header::HeaderName::from_static("sec-fetch-site")) {
            None | Some(Some("same-origin" | "none")) => Ok(()),
            Some(_) => Err(ApiError::new(
                Kind::Forbidden,
                "a request that another site started may not write here",
            )),
        }
    }
}

/// Lets a request in, or refuses it.
pub(crate) async fn let_in<B: MessageBody + 'static>(
    doors: web::Data<Doors>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    doors.check(&request)?;
    next.call(request).await
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn doors(listen: &str, public: Option<&str>) -> Doors {
        Doors::new(listen.parse().unwrap(), public.map(|url| url.parse().unwrap()))
    }

    fn outcome(doors: &Doors, method: &str, headers: &[(&str, &str)]) -> bool {
        let mut request = TestRequest::default().method(method.parse().unwrap());
        for (name, value) in headers {
            request = request.insert_header((*name, *value));
        }
        doors.check(&request.to_srv_request()).is_ok()
    }

    #[test]
    fn a_foreign_host_is_refused() {
        let local = doors("127.0.0.1:8080", Some("https://candles.example.org"));
        for host in [
            "localhost:8080",
            "127.0.0.1:8080",
            "127.0.0.2",
            "[::1]:8080",
            "candles.example.org",
            "LOCALHOST",
        ] {
            assert!(outcome(&local, "GET", &[("host", host)]), "{host}");
        }
        for host in [
            "evil.example",
            "10.0.0.1:8080",
            "",
            "localhost.evil.example",
            "a@localhost",
            "localhost/x",
        ] {
            assert!(!outcome(&local, "GET", &[("host", host)]), "{host}");
        }
        let everywhere = doors("0.0.0.0:8080", None);
        assert!(outcome(&everywhere, "GET", &[("host", "10.0.0.1:8080")]));
        assert!(!outcome(&everywhere, "GET", &[("host", "evil.example")]));
    }

    #[test]
    fn a_write_that_another_site_started_is_refused() {
        let local = doors("127.0.0.1:8080", Some("https://candles.example.org"));
        let with = |method: &str, name: &str, value: &str| {
            outcome(&local, method, &[("host", "127.0.0.1:8080"), (name, value)])
        };
        for method in ["PUT", "POST", "PATCH", "DELETE", "PURGE"] {
            for origin in [
                "https://evil.example",
                "null",
                "http://127.0.0.1:9090",
                "http://localhost:8080",
            ] {
                assert!(!with(method, "origin", origin), "{method} {origin}");
            }
            for origin in ["http://127.0.0.1:8080", "https://candles.example.org"] {
                assert!(with(method, "origin", origin), "{method} {origin}");
            }
            for site in ["cross-site", "same-site", "made-up"] {
                assert!(!with(method, "sec-fetch-site", site), "{method} {site}");
            }
            assert!(with(method, "sec-fetch-site", "same-origin") && with(method, "sec-fetch-site", "none"));
        }
        assert!(with("GET", "sec-fetch-site", "cross-site"));
        assert!(with("PUT", "x-plain", "no browser"));
    }
}
