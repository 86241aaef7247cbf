//! What owners are told of their accounts, in words.

use time::macros::datetime;
use warung_chassis::testing::{TestApp, customer};
use warung_contracts::{
    event::{
        AccountRestored, AccountSuspended, EmailChangeRequested, Event, NewDeviceLoggedIn, PasswordChanged,
        SecondFactorChanged,
    },
    id::UserId,
};
use warung_testbed::smtp::Mail;

use crate::{JOB, Smtp, registered, start, start_with};

/// The mail by which an owner hears of an event, in both languages.
async fn told<E: Event>(event: impl Fn(UserId) -> E) -> [Mail; 2] {
    let smtp = Smtp::start().unwrap();
    let app = start(Some(&smtp)).await;
    let mails = [in_language(&app, &smtp, "id", &event).await, in_language(&app, &smtp, "en", &event).await];
    app.stop().await;
    mails
}

async fn in_language<E: Event>(
    app: &TestApp,
    smtp: &Smtp,
    locale: &str,
    event: impl Fn(UserId) -> E,
) -> Mail {
    let (user_id, _) = customer();
    app.deliver(&registered(user_id, locale)).await.expect("the event is handled");
    app.run_job(JOB).await;
    let before = smtp.mails().unwrap().len();
    app.deliver(&event(user_id)).await.expect("the event is handled");
    app.run_job(JOB).await;
    let mail = smtp.mails().unwrap().remove(before);
    assert_eq!(mail.to, ["siti@example.com"]);
    assert_eq!(mail.unsubscribe, None, "nobody switches it off");
    mail
}

#[tokio::test]
async fn a_changed_password_is_told() {
    let (email, name, locale) = ("siti@example.com", "Siti", "id");
    let [id, en] = told(|user_id| PasswordChanged {
        user_id,
        email: email.into(),
        name: name.into(),
        locale: locale.into(),
    })
    .await;
    assert_eq!(id.subject, "Kata sandi Anda di kopi telah diubah");
    assert_eq!(en.subject, "Your password at kopi was changed");
    assert!(en.body.contains("If it was not you, ask for a new password at once"), "{}", en.body);
}

#[tokio::test]
async fn a_wish_for_another_address_is_told_to_the_one_of_now() {
    let [id, en] = told(|user_id| EmailChangeRequested {
        user_id,
        email: "siti@example.com".into(),
        new_email: "intruder@example.net".into(),
        name: "Siti".into(),
        locale: "id".into(),
    })
    .await;
    assert_eq!(id.subject, "Ada permintaan mengganti alamat email akun Anda di kopi");
    assert!(
        en.body.contains("intruder@example.net") && en.body.contains("set a new password"),
        "{}",
        en.body
    );
}

#[tokio::test]
async fn a_second_factor_that_is_turned_on_or_off_is_told() {
    let [id, en] =
        told(|user_id| SecondFactorChanged { user_id, enabled: true, by_administrator: false }).await;
    assert_eq!(id.subject, "Verifikasi dua langkah akun Anda di kopi telah dinyalakan");
    assert_eq!(en.subject, "The second factor of your account at kopi was turned on");
    assert!(en.body.contains("asked for a code of your authenticator"), "{}", en.body);
    let [id, en] =
        told(|user_id| SecondFactorChanged { user_id, enabled: false, by_administrator: false }).await;
    assert_eq!(id.subject, "Verifikasi dua langkah akun Anda di kopi telah dimatikan");
    assert_eq!(en.subject, "The second factor of your account at kopi was turned off");
    assert!(
        en.body.contains("needs the password alone") && en.body.contains("If it was not you"),
        "{}",
        en.body
    );
}

#[tokio::test]
async fn a_log_in_on_a_new_device_is_told() {
    let at = datetime!(2026-11-21 08:00 UTC);
    let of = |device: Option<&str>| {
        let device = device.map(str::to_owned);
        move |user_id| NewDeviceLoggedIn { user_id, device: device.clone(), at }
    };
    let [id, en] = told(of(Some("Firefox on Linux"))).await;
    assert_eq!(id.subject, "Ada yang masuk ke akun Anda di kopi dari perangkat baru");
    assert!(id.body.contains("(Firefox on Linux), pada 2026-11-21 08:00"), "{}", id.body);
    assert_eq!(en.subject, "New log-in to your account at kopi");
    assert!(en.body.contains("(Firefox on Linux), at 2026-11-21 08:00"), "{}", en.body);
    let [_, nameless] = told(of(None)).await;
    assert!(nameless.body.contains("a device that we did not know, at 2026-11-21"), "{}", nameless.body);
}

#[tokio::test]
async fn what_an_administrator_does_to_an_account_is_told() {
    let [id, en] =
        told(|user_id| SecondFactorChanged { user_id, enabled: false, by_administrator: true }).await;
    assert!(id.body.contains("atas permintaan Anda, toko telah mematikannya"), "{}", id.body);
    assert!(
        en.body.contains("the shop has turned it off") && en.body.contains("If you did not ask for it"),
        "{}",
        en.body
    );
    let [id, en] = told(|user_id| AccountSuspended { user_id }).await;
    assert_eq!(id.subject, "Akun Anda di kopi ditangguhkan");
    assert_eq!(en.subject, "Your account at kopi is suspended");
    assert!(en.body.contains("nobody can log in to it") && en.body.contains("ask the shop"), "{}", en.body);
    let [id, en] = told(|user_id| AccountRestored { user_id }).await;
    assert_eq!(id.subject, "Akun Anda di kopi aktif kembali");
    assert_eq!(en.subject, "Your account at kopi is open again");
}

#[tokio::test]
async fn times_are_those_of_the_shops_clocks() {
    let smtp = Smtp::start().unwrap();
    let variables = [("WARUNG_SMTP_URL", smtp.url()), ("WARUNG_TIME_ZONE", "Asia/Jakarta".into())];
    let app = start_with(&variables.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
    let at = datetime!(2026-11-21 20:00 UTC);
    let mail =
        in_language(&app, &smtp, "id", |user_id| NewDeviceLoggedIn { user_id, device: None, at }).await;
    assert!(mail.body.contains("pada 2026-11-22 03:00 WIB."), "{}", mail.body);
    app.stop().await;
}
