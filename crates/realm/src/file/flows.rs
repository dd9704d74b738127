//! Flows of a realm file, their executions and the settings of these.

use super::FileError;
use super::import::{Missing, Reading, ensure_id, list};
use crate::{AuthenticatorConfig, Execution, Flow, Kind};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// Reads the flows and puts their documents; gives their aliases.
pub(super) fn read(
    reading: &mut Reading<'_>,
    members: &mut Map<String, Value>,
    model: &mut Map<String, Value>,
) -> Result<HashSet<String>, FileError> {
    let mut configs = HashSet::new();
    for (at, mut value) in list(
        reading,
        members,
        model,
        "authenticatorConfig",
        Missing::ByName("alias"),
    )?
    .into_iter()
    .enumerate()
    {
        let path = format!("$.authenticatorConfig[{at}]");
        let id = ensure_id(&mut value);
        let config: AuthenticatorConfig = reading.parse(&path, value)?;
        if !configs.insert(config.alias.clone()) {
            return Err(reading.wrong(
                path,
                format!("the configuration {:?} stands here twice", config.alias),
            ));
        }
        reading.put(Kind::AuthenticatorConfig, &id, &config)?;
    }
    let before = reading.errors();
    let mut flows: Vec<(String, Flow)> = Vec::new();
    for (at, mut value) in list(
        reading,
        members,
        model,
        "authenticationFlows",
        Missing::ByName("alias"),
    )?
    .into_iter()
    .enumerate()
    {
        let path = format!("$.authenticationFlows[{at}]");
        ensure_id(&mut value);
        let read = reading.parse(&path, value).map(|mut flow: Flow| {
            for execution in &mut flow.authentication_executions {
                execution.authenticator_flow = execution.flow_alias.is_some();
                execution.autheticator_flow = execution.authenticator_flow;
            }
            flows.push((path, flow));
        });
        reading.go_on(read)?;
    }
    if reading.errors() > before {
        reading.stop_if_wrong()?;
    }
    let mut aliases = HashSet::new();
    for (path, flow) in &flows {
        if !aliases.insert(flow.alias.clone()) {
            return Err(reading.wrong(path, format!("the flow {:?} stands here twice", flow.alias)));
        }
    }
    for (path, flow) in flows {
        for (at, execution) in flow.authentication_executions.iter().enumerate() {
            let path = format!("{path}.authenticationExecutions[{at}]");
            let checked = check(reading, &path, execution, &aliases, &configs);
            reading.go_on(checked)?;
        }
        reading.put(Kind::Flow, flow.id.clone().as_str(), &flow)?;
    }
    Ok(aliases)
}

fn check(
    reading: &Reading<'_>,
    path: &str,
    execution: &Execution,
    aliases: &HashSet<String>,
    configs: &HashSet<String>,
) -> Result<(), FileError> {
    let unknown = |name: &Option<String>, known: &HashSet<String>| {
        name.clone().filter(|name| !known.contains(name))
    };
    if let Some(alias) = unknown(&execution.flow_alias, aliases) {
        let path = format!("{path}.flowAlias");
        return Err(reading.wrong(path, format!("there is no flow {alias:?}")));
    }
    if let Some(alias) = unknown(&execution.authenticator_config, configs) {
        let path = format!("{path}.authenticatorConfig");
        return Err(reading.wrong(path, format!("there is no configuration {alias:?}")));
    }
    if execution.flow_alias.is_none() && execution.authenticator.is_none() {
        return Err(reading.wrong(path, "an execution needs an authenticator or a flow"));
    }
    Ok(())
}
