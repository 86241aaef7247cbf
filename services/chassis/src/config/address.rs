//! What the URLs in variables look like.

use url::Url;

/// A kind of URL.
#[derive(Debug, Clone, Copy)]
pub struct Address {
    schemes: &'static [&'static str],
    /// What to write, for whoever wrote something else.
    example: &'static str,
}

impl Address {
    pub const WEB: Self = Self { schemes: &["http", "https"], example: "http://host:8080" };
    pub const POSTGRES: Self =
        Self { schemes: &["postgres", "postgresql"], example: "postgres://user:password@host:5432/name" };
    pub const REDIS: Self = Self { schemes: &["redis", "rediss"], example: "redis://:password@host:6379/0" };
    pub const NATS: Self = Self { schemes: &["nats", "tls"], example: "nats://host:4222" };

    /// Whether the value of a variable is one.
    ///
    /// # Errors
    ///
    /// A line for people. The value is not in it: it may hold a password.
    pub fn check(&self, variable: &str, text: &str) -> Result<(), String> {
        if self.fits(text) {
            Ok(())
        } else {
            Err(format!("{variable} is no such URL as {}; write one", self.example))
        }
    }

    /// Of one of its schemes, with a host (RFC 3986, section 3).
    fn fits(&self, text: &str) -> bool {
        let has_host = |url: &Url| url.host_str().is_some_and(|host| !host.is_empty());
        Url::parse(text).is_ok_and(|url| self.schemes.contains(&url.scheme()) && has_host(&url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_scheme_of_its_kind_and_a_host() {
        let right = [
            (Address::WEB, "https://shop.example.com"),
            (Address::WEB, "http://[::1]:8080"),
            (Address::POSTGRES, "postgresql://u:p%40@db/order?sslmode=require"),
            (Address::REDIS, "rediss://:p@redis:6379/0"),
            (Address::NATS, "tls://nats:4222"),
        ];
        for (address, text) in right {
            assert!(address.fits(text) && address.fits(address.example), "{text}");
        }
        let wrong = [
            (Address::WEB, "foo"),
            (Address::WEB, "cart:8084"),
            (Address::WEB, "ftp://cart"),
            (Address::POSTGRES, "mysql://x/y"),
            (Address::REDIS, "redis:6379"),
            (Address::NATS, "foo"),
            (Address::NATS, "nats://"),
        ];
        for (address, text) in wrong {
            assert!(!address.fits(text), "{text}");
        }
    }
}
