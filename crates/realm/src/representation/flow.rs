use super::members;
use crate::Flow;
use serde_json::{Map, Value};

/// A flow with its executions.
pub fn flow(flow: &Flow) -> Map<String, Value> {
    let mut own = members(flow);
    let executions = own
        .get_mut("authenticationExecutions")
        .and_then(Value::as_array_mut);
    for execution in executions
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        execution.shift_remove("_id");
    }
    own
}
