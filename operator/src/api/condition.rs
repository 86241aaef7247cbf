//! Names of conditions and of their reasons, once.

/// Condition types, in the order they are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    Ready,
    Reconciling,
    Stalled,
    StoresReady,
    MigrationsComplete,
    ServicesReady,
    GatewayReady,
    MeshReady,
    ObservabilityReady,
    UpgradeInProgress,
    MailReady,
    TestMode,
}

impl Type {
    /// Every type.
    pub const ALL: [Self; 12] = [
        Self::Ready,
        Self::Reconciling,
        Self::Stalled,
        Self::StoresReady,
        Self::MigrationsComplete,
        Self::ServicesReady,
        Self::GatewayReady,
        Self::MeshReady,
        Self::ObservabilityReady,
        Self::UpgradeInProgress,
        Self::MailReady,
        Self::TestMode,
    ];

    /// As it is written in the status.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::Reconciling => "Reconciling",
            Self::Stalled => "Stalled",
            Self::StoresReady => "StoresReady",
            Self::MigrationsComplete => "MigrationsComplete",
            Self::ServicesReady => "ServicesReady",
            Self::GatewayReady => "GatewayReady",
            Self::MeshReady => "MeshReady",
            Self::ObservabilityReady => "ObservabilityReady",
            Self::UpgradeInProgress => "UpgradeInProgress",
            Self::MailReady => "MailReady",
            Self::TestMode => "TestMode",
        }
    }
}

/// Why a condition is as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// As it should be.
    AsDesired,
    /// Not yet, and nothing is wrong.
    Progressing,
    /// An earlier step comes first.
    Waiting,
    /// The Shop says not to touch anything.
    Paused,
    /// Switched off in the spec.
    Disabled,
    /// Customers can pay at the sandbox, where no money moves.
    SandboxPayments,
    /// Its API is not in the cluster.
    ApiAbsent,
    /// The spec can't be carried out.
    InvalidSpec,
    /// The namespace has an older Shop.
    SecondShop,
    /// A Secret that the spec names is not there, or lacks a key.
    SecretMissing,
    /// A store doesn't answer.
    StoreUnreachable,
    /// A store answers, and refuses.
    StoreRefused,
    /// An image can't be pulled.
    ImagePullFailed,
    /// A container ends with an error again and again.
    PodCrashing,
    /// A pod finds no place.
    PodUnschedulable,
    /// A migration ended with an error.
    MigrationFailed,
    /// The API server refused an object.
    ApplyRefused,
    /// The API server didn't answer.
    ApiUnavailable,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 18] = [
        Self::AsDesired,
        Self::Progressing,
        Self::Waiting,
        Self::Paused,
        Self::Disabled,
        Self::SandboxPayments,
        Self::ApiAbsent,
        Self::InvalidSpec,
        Self::SecondShop,
        Self::SecretMissing,
        Self::StoreUnreachable,
        Self::StoreRefused,
        Self::ImagePullFailed,
        Self::PodCrashing,
        Self::PodUnschedulable,
        Self::MigrationFailed,
        Self::ApplyRefused,
        Self::ApiUnavailable,
    ];

    /// As it is written in conditions and events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AsDesired => "AsDesired",
            Self::Progressing => "Progressing",
            Self::Waiting => "Waiting",
            Self::Paused => "Paused",
            Self::Disabled => "Disabled",
            Self::SandboxPayments => "SandboxPayments",
            Self::ApiAbsent => "ApiAbsent",
            Self::InvalidSpec => "InvalidSpec",
            Self::SecondShop => "SecondShop",
            Self::SecretMissing => "SecretMissing",
            Self::StoreUnreachable => "StoreUnreachable",
            Self::StoreRefused => "StoreRefused",
            Self::ImagePullFailed => "ImagePullFailed",
            Self::PodCrashing => "PodCrashing",
            Self::PodUnschedulable => "PodUnschedulable",
            Self::MigrationFailed => "MigrationFailed",
            Self::ApplyRefused => "ApplyRefused",
            Self::ApiUnavailable => "ApiUnavailable",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Reason;

    #[test]
    fn every_reason_is_listed_once_where_the_enum_has_it() {
        // A reason in the middle that is left out shifts all after it; the last one is looked for by name.
        for (place, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, place, "{}", reason.as_str());
        }
        assert_eq!(Reason::ALL.last(), Some(&Reason::ApiUnavailable));
    }
}
