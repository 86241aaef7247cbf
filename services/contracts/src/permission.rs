//! Who may do what: the one table of roles and permissions. Routes of manifests and handlers name a permission, never a
//! role; tokens name roles.

use serde::{Deserialize, Serialize};

/// What an account is to the shop; each role includes the ones before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Customer,
    Staff,
    Admin,
}

// As tokens, stores and people spell them, the least first.
crate::words!(Role, "role", Customer = "customer", Staff = "staff", Admin = "admin");

impl Role {
    /// Whether it may do this.
    pub fn may(self, permission: Permission) -> bool {
        self >= permission.least_role()
    }
}

/// A row: the permission, its word, the least role that has it, what it lets somebody do.
macro_rules! permissions {
    ($($name:ident $word:literal $role:ident $what:literal)+) => {
        /// Something that not every customer may do. What customers do with what is theirs needs none.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission {
            $(#[doc = $what] $name,)+
        }

        impl Permission {
            /// Every permission.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            fn row(self) -> (&'static str, Role, &'static str) {
                match self {
                    $(Self::$name => ($word, Role::$role, $what),)+
                }
            }
        }
    };
}

permissions! {
    AccountsRead "accounts.read" Staff "See accounts of others: address, role, log-ins"
    AccountsSuspend "accounts.suspend" Admin "Suspend and restore accounts of others"
    AccountsErase "accounts.erase" Admin "Erase accounts of others"
    FactorsReset "factors.reset" Admin "Turn second factors of others off"
    SessionsEnd "sessions.end" Admin "End log-ins of others"
    RolesGrant "roles.grant" Admin "Give and take roles"
    AuditRead "audit.read" Admin "Read the audit log"
    GuestsErase "guests.erase" Admin "Erase what is personal of guests' orders"
    OrdersRead "orders.read" Staff "See every order with its timeline and returns"
    OrdersAnnotate "orders.annotate" Staff "Write notes about orders"
    OrdersCancel "orders.cancel" Admin "Cancel anybody's order"
    OrdersCorrect "orders.correct" Staff "Correct where anybody's order goes"
    ReturnsDecide "returns.decide" Staff "Open returns for customers; approve, refuse and receive them"
    ReturnsRefund "returns.refund" Staff "Give money back for a return"
    CouponsRead "coupons.read" Staff "See coupons"
    CouponsWrite "coupons.write" Staff "Add and change coupons, delete unused ones"
    TaxesRead "taxes.read" Staff "See tax rates"
    TaxesWrite "taxes.write" Admin "Set and remove tax rates"
    PaymentsRead "payments.read" Staff "See every payment, and where the books and a provider disagree"
    PaymentsCapture "payments.capture" Admin "Take money that is set aside, or call it off"
    PaymentsRefund "payments.refund" Admin "Give money back"
    PaymentsSettle "payments.settle" Admin "Decide about amounts that differ and disagreements with a provider"
    LedgerRead "ledger.read" Staff "Read the ledger"
    CatalogRead "catalog.read" Staff "See every product, drafts and archived ones too"
    CatalogWrite "catalog.write" Staff "Add, change, import and archive products and variants, add and change categories"
    CatalogDelete "catalog.delete" Admin "Delete categories and price lists"
    CatalogExport "catalog.export" Staff "Export every product"
    StockRead "stock.read" Staff "See stock, its movements and where it is kept"
    StockWrite "stock.write" Staff "Book stock in and out, and carry it"
    LocationsWrite "locations.write" Admin "Add and change places where stock is kept"
    PricesRead "prices.read" Staff "See price lists and what prices were"
    PricesWrite "prices.write" Staff "Change price lists"
    ShipmentsRead "shipments.read" Staff "See every shipment, and labels"
    ShipmentsWrite "shipments.write" Staff "Hand parcels over, correct and split them, say what happened to them"
    ShipmentsAdvance "shipments.advance" Admin "Move parcels on without their carrier"
    RatesRead "rates.read" Staff "See shipping rates"
    RatesWrite "rates.write" Admin "Add, change and remove shipping rates"
    TemplatesRead "templates.read" Admin "See and preview templates of messages"
    TemplatesWrite "templates.write" Admin "Say messages in other words"
    SuppressionsRead "suppressions.read" Staff "See addresses that nothing is sent to any more"
    SuppressionsWrite "suppressions.write" Admin "Send to such an address again"
}

impl Permission {
    /// The permission as manifests and documents spell it: `<what>.<deed>`.
    pub fn as_str(self) -> &'static str {
        self.row().0
    }

    /// The least role that has it.
    pub fn least_role(self) -> Role {
        self.row().1
    }

    /// What it lets somebody do.
    pub fn what(self) -> &'static str {
        self.row().2
    }

    /// The permission of this word.
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|permission| permission.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::manifest;

    #[test]
    fn words_are_distinct_and_say_what_and_which_deed() {
        for permission in Permission::ALL {
            let word = permission.as_str();
            assert_eq!(Permission::find(word), Some(*permission), "{word} stands twice");
            assert_eq!(word.split('.').filter(|part| !part.is_empty()).count(), 2, "{word}");
        }
    }

    #[test]
    fn a_greater_role_may_all_that_a_lesser_may_and_customers_nothing_of_this() {
        for permission in Permission::ALL {
            let may = Role::ALL.map(|role| role.may(*permission));
            assert!(may.is_sorted() && !may[0] && may[2], "{permission:?}: {may:?}");
        }
    }

    #[test]
    fn every_route_of_the_shops_people_names_a_permission_and_every_permission_guards_something() {
        let routes = || manifest::all().iter().flat_map(|manifest| &manifest.routes);
        for route in routes().filter(|route| route.path.contains("/admin/")) {
            assert!(route.access.permission().is_some(), "{}", route.path);
        }
        let named = routes().filter_map(|route| route.access.permission());
        // Asked for within routes that customers may call too.
        let named: BTreeSet<_> = named.chain([Permission::OrdersCancel, Permission::OrdersCorrect]).collect();
        assert_eq!(named.into_iter().collect::<Vec<_>>(), Permission::ALL);
    }
}
