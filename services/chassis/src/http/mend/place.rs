//! Where something is in a body: `lines[0].quantity`.

/// A step from a value into what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'p> {
    Name(&'p str),
    Nth(usize),
}

/// The way from the whole to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place<'p>(pub Vec<Step<'p>>);

impl<'p> Place<'p> {
    /// Reads what errors call a field; none of what is no such name. A key with a dot or a bracket in it means another
    /// place here, at which nothing will be found.
    pub fn read(field: &'p str) -> Option<Self> {
        let mut steps = Vec::new();
        for part in field.split('.') {
            let mut pieces = part.split('[');
            let name = pieces.next().filter(|name| !name.is_empty())?;
            steps.push(Step::Name(name));
            for piece in pieces {
                steps.push(Step::Nth(piece.strip_suffix(']')?.parse().ok()?));
            }
        }
        Some(Self(steps))
    }
}

/// Whether one of two fields is the other, or is within it; the whole, which has no name, holds all.
pub fn overlap(one: &str, other: &str) -> bool {
    let within = |outer: &str, inner: &str| {
        let rest = inner.strip_prefix(outer);
        rest.is_some_and(|rest| outer.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']))
    };
    within(one, other) || within(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_step_by_step() {
        let steps = |field| Place::read(field).map(|place| place.0);
        assert_eq!(steps("name"), Some(vec![Step::Name("name")]));
        let deep = vec![Step::Name("a"), Step::Nth(0), Step::Nth(12), Step::Name("b")];
        assert_eq!(steps("a[0][12].b"), Some(deep));
        for wrong in ["", ".", "a.", "[0]", "a[", "a[]", "a[x]", "a]b["] {
            assert_eq!(steps(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn fields_overlap_from_inside_and_outside() {
        for field in ["lines[1].sku", "lines[1]", "lines", "", "lines[1].sku.x"] {
            assert!(overlap("lines[1].sku", field), "{field}");
        }
        for field in ["lines[1].sk", "lines[10]", "lines[0].sku", "line"] {
            assert!(!overlap("lines[1].sku", field), "{field}");
        }
    }
}
