//! What the objects of a Shop are: their kinds, names and labels. Reading, planning and applying all stand on this.

pub mod kinds;
pub mod labels;
pub mod names;
pub mod quantity;

/// An object of any kind: name, namespace, labels and owner beside the rest as data.
pub type Object = kube::core::DynamicObject;
