//! Roles as they are kept and as tokens name them.

use warung_chassis::auth::Role;

/// The role's name in the store.
pub fn name(role: Role) -> &'static str {
    match role {
        Role::Customer => "customer",
        Role::Staff => "staff",
        Role::Admin => "admin",
    }
}

/// The role of this name.
pub fn parse(name: &str) -> Option<Role> {
    [Role::Customer, Role::Staff, Role::Admin].into_iter().find(|role| self::name(*role) == name)
}

/// A role with those it includes: tokens name each, for readers that compare by name.
pub fn included(role: Role) -> Vec<Role> {
    [Role::Customer, Role::Staff, Role::Admin].into_iter().filter(|lesser| *lesser <= role).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_survives_its_name_and_includes_the_lesser() {
        for role in [Role::Customer, Role::Staff, Role::Admin] {
            assert_eq!(parse(name(role)), Some(role));
        }
        assert_eq!(parse("root"), None);
        assert_eq!(included(Role::Admin), [Role::Customer, Role::Staff, Role::Admin]);
        assert_eq!(included(Role::Customer), [Role::Customer]);
    }
}
