//! Roles as tokens name them.

use warung_chassis::auth::Role;

/// A role with those it includes: tokens name each, for readers that compare by name.
pub fn included(role: Role) -> Vec<Role> {
    Role::ALL.into_iter().filter(|lesser| *lesser <= role).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_survives_its_name_and_includes_the_lesser() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert!("root".parse::<Role>().is_err());
        assert_eq!(included(Role::Admin), Role::ALL);
        assert_eq!(included(Role::Customer), [Role::Customer]);
    }
}
