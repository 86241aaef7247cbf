//! `warung seed`

use clap::Args as Arguments;
use warung_chassis::{config::Env, run, service::BuildError};

use crate::people;

#[derive(Debug, Arguments)]
pub struct Args {
    /// Products, in Indonesian and English
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    products: u32,
    /// People with an account, a profile and an address
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    users: u64,
    /// What everything follows from: the same again by the same number
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// The password of all these people
    #[arg(long, default_value = "kopi susu gula aren")]
    password: String,
}

/// Makes what is asked for, in the databases of the services; what is there stays. Not for a shop that sells.
///
/// # Errors
///
/// When settings are wrong or a store is away.
pub async fn run(args: &Args, env: &Env) -> Result<(), BuildError> {
    let Args { products, users, seed, password } = args;
    if (*products, *users) == (0, 0) {
        super::print("nothing was made: say how many with --products and --users")?;
    }
    if *products > 0 {
        let product = run::context(warung_product::service(), env).await?;
        let currency = product.common.currency;
        let made = warung_product::tools::seed(&product.db(), currency, *products, *seed).await?;
        super::print(&format!("{} products were made", made.products))?;
    }
    if *users > 0 {
        let (accounts, profiles): (Vec<_>, Vec<_>) =
            (0..*users).map(|number| people::person(*seed, number)).unzip();
        // Profiles first: the event of an account that is made finds its profile there.
        let user = run::context(warung_user::service(), env).await?;
        warung_user::seed::profiles(&user.db(), &profiles).await?;
        let auth = run::context(warung_auth::service(), env).await?;
        let made = warung_auth::seed::accounts(&auth.db(), &accounts, password.clone().into()).await?;
        super::print(&told(made, *users, password, &accounts[0].email))?;
    }
    Ok(())
}

/// What became of the accounts: those that were there keep the password that they have.
fn told(made: u64, asked: u64, password: &str, first: &str) -> String {
    let accounts =
        |count| if count == 1 { "1 account was".to_owned() } else { format!("{count} accounts were") };
    let there = match asked.saturating_sub(made) {
        0 => String::new(),
        there if made == 0 => format!("{} there already and kept their passwords", accounts(there)),
        there => format!("; {} there already and kept their passwords", accounts(there)),
    };
    let new = match made {
        0 => String::new(),
        made => format!("{} made with the password {password:?}", accounts(made)),
    };
    format!("{new}{there}; the first is {first}")
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn a_password_is_told_of_accounts_that_have_it() {
        let told = |made, asked| told(made, asked, "kopi", "joko@example.com");
        assert_eq!(
            told(2, 2),
            "2 accounts were made with the password \"kopi\"; the first is joko@example.com"
        );
        assert_eq!(
            told(0, 2),
            "2 accounts were there already and kept their passwords; the first is joko@example.com"
        );
        let some = "1 account was made with the password \"kopi\"; 2 accounts were there already and kept their \
                    passwords; the first is joko@example.com";
        assert_eq!(told(1, 3), some);
    }
}
