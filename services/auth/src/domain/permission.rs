//! What each role may do: the one table. Handlers name a permission, never a role.

use warung_chassis::auth::Role;

/// Something that not everybody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// See accounts of others: address, role, sessions.
    ReadAccounts,
    /// End sessions of others.
    EndSessions,
    /// Read the audit log.
    ReadAudit,
    /// Give and take roles.
    GrantRoles,
}

/// Role × permission.
const TABLE: [(Role, &[Permission]); 3] = [
    (Role::Customer, &[]),
    (Role::Staff, &[Permission::ReadAccounts]),
    (
        Role::Admin,
        &[Permission::ReadAccounts, Permission::EndSessions, Permission::ReadAudit, Permission::GrantRoles],
    ),
];

/// Whether any of these roles may.
pub fn allows(roles: &[Role], permission: Permission) -> bool {
    TABLE.iter().any(|(role, granted)| roles.contains(role) && granted.contains(&permission))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Permission; 4] =
        [Permission::ReadAccounts, Permission::EndSessions, Permission::ReadAudit, Permission::GrantRoles];

    #[test]
    fn a_greater_role_may_all_that_a_lesser_may() {
        for pair in TABLE.windows(2) {
            let (lesser, greater) = (pair[0].0, pair[1].0);
            assert!(lesser < greater);
            for permission in ALL {
                assert!(!allows(&[lesser], permission) || allows(&[greater], permission), "{permission:?}");
            }
        }
    }

    #[test]
    fn customers_may_nothing_of_this_and_administrators_all() {
        for permission in ALL {
            assert!(!allows(&[Role::Customer], permission) && !allows(&[], permission));
            assert!(allows(&[Role::Customer, Role::Admin], permission));
        }
    }
}
