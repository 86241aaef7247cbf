//! Errors in PayPal's form, with PayPal's own sentences.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// `details[].issue`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Issue {
    ActionDoesNotMatchIntent,
    AmountMismatch,
    AuthCaptureCurrencyMismatch,
    AuthorizationAlreadyCaptured,
    AuthorizationVoided,
    CannotBeZeroOrNegative,
    CaptureFullyRefunded,
    DecimalPrecision,
    InstrumentDeclined,
    InvalidCurrencyCode,
    InvalidResourceId,
    MaxCaptureAmountExceeded,
    MissingRequiredParameter,
    OrderAlreadyAuthorized,
    OrderAlreadyCaptured,
    OrderNotApproved,
    PendingCapture,
    PreviouslyCaptured,
    PreviouslyVoided,
    RefundAmountExceeded,
    RefundCaptureCurrencyMismatch,
}

impl Issue {
    const ALL: [Self; 21] = [
        Self::ActionDoesNotMatchIntent,
        Self::AmountMismatch,
        Self::AuthCaptureCurrencyMismatch,
        Self::AuthorizationAlreadyCaptured,
        Self::AuthorizationVoided,
        Self::CannotBeZeroOrNegative,
        Self::CaptureFullyRefunded,
        Self::DecimalPrecision,
        Self::InstrumentDeclined,
        Self::InvalidCurrencyCode,
        Self::InvalidResourceId,
        Self::MaxCaptureAmountExceeded,
        Self::MissingRequiredParameter,
        Self::OrderAlreadyAuthorized,
        Self::OrderAlreadyCaptured,
        Self::OrderNotApproved,
        Self::PendingCapture,
        Self::PreviouslyCaptured,
        Self::PreviouslyVoided,
        Self::RefundAmountExceeded,
        Self::RefundCaptureCurrencyMismatch,
    ];

    /// The issue of this name: for `PayPal-Mock-Response`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|issue| issue.text().0 == name)
    }

    /// Its name and, where it always has the same, its sentence.
    fn text(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::ActionDoesNotMatchIntent => (
                "ACTION_DOES_NOT_MATCH_INTENT",
                Some(
                    "Order was created with an intent to 'CAPTURE'. Please use v2/checkout/orders/order_id/capture to complete the transaction or alternately Create an order with an intent of 'AUTHORIZE'.",
                ),
            ),
            Self::AmountMismatch => (
                "AMOUNT_MISMATCH",
                Some(
                    "Should equal item_total + tax_total + shipping + handling + insurance - shipping_discount - discount.",
                ),
            ),
            Self::AuthCaptureCurrencyMismatch => (
                "AUTH_CAPTURE_CURRENCY_MISMATCH",
                Some("Currency of capture must be the same as currency of authorization."),
            ),
            Self::AuthorizationAlreadyCaptured => {
                ("AUTHORIZATION_ALREADY_CAPTURED", Some("Authorization has previously been captured."))
            }
            Self::AuthorizationVoided => {
                ("AUTHORIZATION_VOIDED", Some("A voided authorization cannot be captured or reauthorized. "))
            }
            Self::CannotBeZeroOrNegative => (
                "CANNOT_BE_ZERO_OR_NEGATIVE",
                Some(
                    "Must be greater than zero. If the currency supports decimals, only two decimal place precision is supported.",
                ),
            ),
            Self::CaptureFullyRefunded => {
                ("CAPTURE_FULLY_REFUNDED", Some("The capture has already been fully refunded"))
            }
            Self::DecimalPrecision => (
                "DECIMAL_PRECISION",
                Some("If the currency supports decimals, only two decimal place precision is supported."),
            ),
            Self::InstrumentDeclined => (
                "INSTRUMENT_DECLINED",
                Some(
                    "The instrument presented  was either declined by the processor or bank, or it can't be used for this payment.",
                ),
            ),
            // Orders and Payments name different pages in it.
            Self::InvalidCurrencyCode => ("INVALID_CURRENCY_CODE", None),
            Self::InvalidResourceId => (
                "INVALID_RESOURCE_ID",
                Some("Specified resource ID does not exist. Please check the resource ID and try again."),
            ),
            // The sentence names limits of the account.
            Self::MaxCaptureAmountExceeded => ("MAX_CAPTURE_AMOUNT_EXCEEDED", None),
            // Orders and Payments word it differently.
            Self::MissingRequiredParameter => ("MISSING_REQUIRED_PARAMETER", None),
            Self::OrderAlreadyAuthorized => (
                "ORDER_ALREADY_AUTHORIZED",
                Some(
                    "Order already authorized.If 'intent=AUTHORIZE' only one authorization per order is allowed.",
                ),
            ),
            Self::OrderAlreadyCaptured => (
                "ORDER_ALREADY_CAPTURED",
                Some("Order already captured.If 'intent=CAPTURE' only one capture per order is allowed."),
            ),
            Self::OrderNotApproved => ("ORDER_NOT_APPROVED", None),
            Self::PendingCapture => (
                "PENDING_CAPTURE",
                Some(
                    "Cannot initiate a refund as the capture is pending. Capture is typically pending when the payer has funded the transaction using e-check/bank funded.",
                ),
            ),
            Self::PreviouslyCaptured => (
                "PREVIOUSLY_CAPTURED",
                Some("Authorization has been previously captured and hence cannot be voided."),
            ),
            Self::PreviouslyVoided => (
                "PREVIOUSLY_VOIDED",
                Some("Authorization has been previously voided and hence cannot be voided again."),
            ),
            Self::RefundAmountExceeded => (
                "REFUND_AMOUNT_EXCEEDED",
                Some(
                    "The refund amount must be less than or equal to the capture amount that has not yet been refunded.",
                ),
            ),
            Self::RefundCaptureCurrencyMismatch => (
                "REFUND_CAPTURE_CURRENCY_MISMATCH",
                Some("Refund must be in the same currency as the capture"),
            ),
        }
    }
}

impl IntoResponse for Issue {
    fn into_response(self) -> Response {
        let (status, name, message) = match self {
            Self::InvalidResourceId => {
                (StatusCode::NOT_FOUND, "RESOURCE_NOT_FOUND", "The specified resource does not exist.")
            }
            Self::MissingRequiredParameter => (
                StatusCode::BAD_REQUEST,
                "INVALID_REQUEST",
                "Request is not well-formed, syntactically incorrect, or violates schema.",
            ),
            _ => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "UNPROCESSABLE_ENTITY",
                "The requested action could not be performed, semantically incorrect, or failed business validation.",
            ),
        };
        let (issue, description) = self.text();
        let mut detail = json!({"issue": issue});
        if let Some(description) = description {
            detail["description"] = description.into();
        }
        (status, Json(json!({"name": name, "message": message, "details": [detail]}))).into_response()
    }
}

/// Who calls is not known.
#[derive(Debug, Clone, Copy)]
pub struct Unauthorized;

impl IntoResponse for Unauthorized {
    fn into_response(self) -> Response {
        let message = "Authentication failed due to missing authorization header, or invalid authentication credentials.";
        let body: Value = json!({"name": "AUTHENTICATION_FAILURE", "message": message});
        (StatusCode::UNAUTHORIZED, Json(body)).into_response()
    }
}
