//! What the audit log names.

/// What somebody did, or tried to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Register,
    LogIn,
    SecondFactor,
    RefreshReuse,
    EndSession,
    VerifyEmail,
    AskEmailChange,
    ChangeEmail,
    ResetPassword,
    ChangePassword,
    EnableTotp,
    DisableTotp,
    GrantRole,
    DeleteAccount,
    SuspendAccount,
    RestoreAccount,
    ResetTotp,
    UnlockLogIn,
}

impl Action {
    /// How it is kept and shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::LogIn => "log_in",
            Self::SecondFactor => "second_factor",
            Self::RefreshReuse => "refresh_reuse",
            Self::EndSession => "end_session",
            Self::VerifyEmail => "verify_email",
            Self::AskEmailChange => "ask_email_change",
            Self::ChangeEmail => "change_email",
            Self::ResetPassword => "reset_password",
            Self::ChangePassword => "change_password",
            Self::EnableTotp => "enable_totp",
            Self::DisableTotp => "disable_totp",
            Self::GrantRole => "grant_role",
            Self::DeleteAccount => "delete_account",
            Self::SuspendAccount => "suspend_account",
            Self::RestoreAccount => "restore_account",
            Self::ResetTotp => "reset_totp",
            Self::UnlockLogIn => "unlock_log_in",
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    WrongPassword,
    WrongCode,
    UnknownAddress,
    /// The password was right; the second factor is awaited.
    Challenged,
    Refused,
}

impl Outcome {
    /// How it is kept and shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::WrongPassword => "wrong_password",
            Self::WrongCode => "wrong_code",
            Self::UnknownAddress => "unknown_address",
            Self::Challenged => "challenged",
            Self::Refused => "refused",
        }
    }
}
