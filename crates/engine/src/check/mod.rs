//! Checking a document as a whole: every rule read, every name known, every type right, every number in range.

mod limits;
mod lower;
mod names;
mod program;

use std::{collections::BTreeMap, sync::Arc};

use domain::{
    market::{Column, ColumnSet},
    strategy::StrategyDocument,
};

pub(crate) use program::{Plan, SidePlan};

use crate::{error::RuleError, graph::Graph};
use program::Program;

/// How many parameters a document may have.
pub const MAX_PARAMETERS: usize = 64;
/// How many expressions `[let]` may name.
pub const MAX_LETS: usize = 256;
/// How many different operations a document may come to.
pub const MAX_OPERATIONS: usize = 4096;

/// A document whose rules have been read and found right.
#[derive(Debug, Clone)]
pub struct Checked {
    document: Arc<StrategyDocument>,
    program: Arc<Program>,
    warm_up: usize,
    columns: ColumnSet,
}

impl Checked {
    /// Returns the document.
    pub fn document(&self) -> &StrategyDocument {
        &self.document
    }

    /// Returns for how many bars at the beginning some rule is undefined, with the default parameters. Nothing is
    /// traded on them.
    pub fn warm_up(&self) -> usize {
        self.warm_up
    }

    /// Returns the columns of the bars that the rules read.
    pub fn columns(&self) -> ColumnSet {
        self.columns
    }

    /// Takes the values of the parameters: those given, for the others their defaults.
    ///
    /// # Errors
    /// A parameter that the document does not have, or a value out of its range.
    pub fn parameters(&self, given: &BTreeMap<String, f64>) -> Result<BTreeMap<String, f64>, Vec<RuleError>> {
        let known = &self.document.parameters;
        let mut values: BTreeMap<String, f64> = known
            .iter()
            .map(|(name, parameter)| (name.clone(), parameter.default))
            .collect();
        let mut errors = Vec::new();
        for (name, value) in given {
            match known.get(name) {
                None => errors.push(unknown_parameter(name, known.keys().map(String::as_str))),
                Some(parameter) => match limits::parameter_value(parameter, *value) {
                    Ok(()) => {
                        values.insert(name.clone(), *value);
                    }
                    Err(range) => {
                        let message = format!("the parameter is {value}, but must be {range}");
                        errors.push(RuleError::new(format!("/parameters/{name}"), message));
                    }
                },
            }
        }
        if errors.is_empty() {
            Ok(values)
        } else {
            Err(errors)
        }
    }

    /// Checks that the rules can be run with these values of all parameters: some are arguments that have ranges of their
    /// own, such as periods.
    ///
    /// # Errors
    /// A constant argument that these values put out of its range.
    pub fn check_values(&self, parameters: &BTreeMap<String, f64>) -> Result<(), Vec<RuleError>> {
        self.plan(&mut Graph::default(), parameters).map(drop)
    }

    /// Compiles the rules with these values of the parameters into `graph`.
    ///
    /// # Errors
    /// A constant argument that these values put out of its range.
    pub(crate) fn plan(
        &self,
        graph: &mut Graph,
        parameters: &BTreeMap<String, f64>,
    ) -> Result<Plan, Vec<RuleError>> {
        self.program.plan(graph, parameters)
    }
}

fn unknown_parameter<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> RuleError {
    let message = format!(
        "{} is not a parameter of this strategy",
        crate::error::quoted(name)
    );
    // A name that nobody can have meant is not repeated.
    let pointer = match name.len() {
        0..=100 => format!("/parameters/{}", name.replace('~', "~0").replace('/', "~1")),
        _ => "/parameters".to_owned(),
    };
    RuleError::new(pointer, message).nearest_of(name, known)
}

/// Checks a document: reads its rules and finds their types, their warm-up and the columns that they read.
///
/// # Errors
/// Every mistake that was found, with its place in the rule.
pub fn check(document: &StrategyDocument) -> Result<Checked, Vec<RuleError>> {
    let mut errors = limits::document_errors(document);
    let program = match Program::read(document) {
        Ok(program) => program,
        Err(more) => {
            errors.extend(more);
            return Err(errors);
        }
    };
    let defaults = document
        .parameters
        .iter()
        .map(|(name, parameter)| (name.clone(), parameter.default))
        .collect();
    let mut graph = Graph::default();
    let plan = program.plan(&mut graph, &defaults).unwrap_or_else(|more| {
        errors.extend(more);
        Plan::default()
    });
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(Checked {
        document: Arc::new(document.clone()),
        program: Arc::new(program),
        warm_up: plan.warm_up,
        columns: columns_read(&graph, &plan),
    })
}

fn columns_read(graph: &Graph, plan: &Plan) -> ColumnSet {
    let read = |node| match graph.op(node) {
        crate::graph::Op::Price(column) => Some(*column),
        _ => None,
    };
    graph
        .needed(&plan.roots(), |_| false)
        .into_iter()
        .filter_map(read)
        .collect::<Vec<Column>>()
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests;
