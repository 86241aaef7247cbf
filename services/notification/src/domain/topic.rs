//! What a message is about, and who may switch it off.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::channel::Channel;

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// The account itself: always sent.
    Security,
    /// Orders, payments and parcels: always by email, elsewhere as somebody likes.
    Orders,
    /// All that nobody has to know; each such email can be unsubscribed from.
    News,
}

warung_contracts::words!(
    Topic,
    "topic; there are security, orders and news",
    Security = "security",
    Orders = "orders",
    News = "news",
);

impl Topic {
    /// What an event is about.
    pub fn of(event_type: &str) -> Self {
        match event_type {
            "warung.auth.user_registered.v1" => Self::News,
            other if other.starts_with("warung.auth.") => Self::Security,
            _ => Self::Orders,
        }
    }

    /// Whether nobody can switch it off on this channel.
    pub fn is_mandatory(self, channel: Channel) -> bool {
        match self {
            Self::Security => true,
            Self::Orders => channel == Channel::Email,
            Self::News => false,
        }
    }

    /// Whether a message is wanted, given what somebody chose; on where they chose nothing.
    pub fn is_wanted(self, channel: Channel, chosen: Option<bool>) -> bool {
        self.is_mandatory(channel) || chosen.unwrap_or(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_must_know_can_not_be_switched_off() {
        for channel in Channel::ALL {
            assert!(Topic::Security.is_wanted(channel, Some(false)), "{channel}");
            assert!(!Topic::News.is_wanted(channel, Some(false)), "{channel}");
            assert_eq!(Topic::Orders.is_wanted(channel, Some(false)), channel == Channel::Email, "{channel}");
            assert!(Topic::News.is_wanted(channel, None), "{channel}");
        }
    }
}
