//! `oidc-organization-membership-mapper` and its kin: there are no organizations, so they have nothing to say.

use super::{EVERYWHERE, Effect, MapperType};

pub(super) const MEMBERSHIP: MapperType = MapperType {
    id: "oidc-organization-membership-mapper",
    priority: 0,
    writes: EVERYWHERE,
    compile: |_| Effect::Nothing,
};

pub(super) const GROUPS: MapperType = MapperType {
    id: "oidc-organization-group-membership-mapper",
    priority: 10,
    writes: EVERYWHERE,
    compile: |_| Effect::Nothing,
};
