//! The rules of a document, read once and compiled for each set of parameters.

use std::collections::{BTreeMap, HashMap};

use domain::strategy::StrategyDocument;

use super::{
    MAX_LETS, MAX_OPERATIONS,
    lower::{Lowering, Scope},
};
use crate::{
    error::RuleError,
    functions::Type,
    graph::{Graph, NodeId},
    rule::{Expr, ExprKind, parse},
};

/// A rule as it was written and as it was read.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) pointer: String,
    pub(super) text: String,
    pub(super) tree: Expr,
}

/// The rules of a document.
#[derive(Debug)]
pub(super) struct Program {
    /// The named expressions, each behind those that it uses.
    lets: Vec<(String, Rule)>,
    long: Option<Side>,
    short: Option<Side>,
}

#[derive(Debug)]
struct Side {
    enter: Rule,
    exit: Option<Rule>,
}

/// What a run evaluates.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    pub(crate) long: Option<SidePlan>,
    pub(crate) short: Option<SidePlan>,
    /// For how many bars at the beginning some rule is undefined.
    pub(crate) warm_up: usize,
}

/// The rules of one side as nodes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SidePlan {
    pub(crate) enter: NodeId,
    pub(crate) exit: Option<NodeId>,
}

impl Plan {
    /// Returns the nodes of the rules: long enter, long exit, short enter, short exit, as far as they are there.
    pub(crate) fn roots(&self) -> Vec<NodeId> {
        let sides = [self.long, self.short].into_iter().flatten();
        sides
            .flat_map(|side| std::iter::once(side.enter).chain(side.exit))
            .collect()
    }
}

impl Program {
    /// Reads every rule of a document and puts the named expressions in order.
    pub(super) fn read(document: &StrategyDocument) -> Result<Self, Vec<RuleError>> {
        let mut errors = Vec::new();
        let mut lets = BTreeMap::new();
        for (name, text) in document.lets.iter().take(MAX_LETS) {
            if let Some(rule) = read(format!("/let/{name}"), text, &mut errors) {
                lets.insert(name.clone(), rule);
            }
        }
        let mut sides = [("long", &document.long), ("short", &document.short)].map(|(side, rules)| {
            let rules = rules.as_ref()?;
            let enter = read(format!("/{side}/enter"), &rules.enter, &mut errors);
            let exit = rules
                .exit
                .as_ref()
                .map(|exit| read(format!("/{side}/exit"), exit, &mut errors));
            Some(Side {
                enter: enter?,
                exit: exit.flatten(),
            })
        });
        if !errors.is_empty() {
            return Err(errors);
        }
        let (long, short) = (sides[0].take(), sides[1].take());
        let lets = in_order(lets).map_err(|error| vec![error])?;
        Ok(Self { lets, long, short })
    }

    /// Compiles the rules with these values of the parameters into `graph`.
    pub(super) fn plan(
        &self,
        graph: &mut Graph,
        parameters: &BTreeMap<String, f64>,
    ) -> Result<Plan, Vec<RuleError>> {
        let before = graph.len();
        let mut scope = Scope::of(graph, parameters);
        let mut errors = Vec::new();
        for (name, rule) in &self.lets {
            let node = lower(graph, &scope, rule, None, &mut errors);
            scope.define(name.clone(), node);
        }
        let mut side = |side: &Option<Side>| {
            let side = side.as_ref()?;
            let truth = Some(Type::Truth);
            let enter = lower(graph, &scope, &side.enter, truth, &mut errors);
            let exit = side
                .exit
                .as_ref()
                .map(|exit| lower(graph, &scope, exit, truth, &mut errors));
            Some(SidePlan {
                enter: enter?,
                exit: exit.flatten(),
            })
        };
        let mut plan = Plan {
            long: side(&self.long),
            short: side(&self.short),
            warm_up: 0,
        };
        if errors.is_empty() && graph.len() - before > MAX_OPERATIONS {
            let message = format!(
                "the rules come to {} operations; at most {MAX_OPERATIONS} are run",
                graph.len() - before
            );
            errors.push(RuleError::new("", message));
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let warm_ups = plan.roots().into_iter().map(|root| graph.warm_up(root));
        plan.warm_up = warm_ups.max().unwrap_or_default();
        Ok(plan)
    }
}

fn read(pointer: String, text: &str, errors: &mut Vec<RuleError>) -> Option<Rule> {
    match parse(text) {
        Ok(tree) => Some(Rule {
            pointer,
            text: text.to_owned(),
            tree,
        }),
        Err(mistake) => {
            errors.push(RuleError::new(pointer, mistake.message).at(text, mistake.span));
            None
        }
    }
}

fn lower(
    graph: &mut Graph,
    scope: &Scope,
    rule: &Rule,
    wanted: Option<Type>,
    errors: &mut Vec<RuleError>,
) -> Option<NodeId> {
    let mut lowering = Lowering {
        graph,
        scope,
        rule,
        errors,
    };
    lowering.rule(wanted)
}

/// Puts named expressions behind those that they use.
fn in_order(lets: BTreeMap<String, Rule>) -> Result<Vec<(String, Rule)>, RuleError> {
    let uses: HashMap<&str, Vec<&str>> = lets
        .iter()
        .map(|(name, rule)| {
            let mut used = Vec::new();
            names_in(&rule.tree, &mut used);
            used.retain(|used| lets.contains_key(*used));
            (name.as_str(), used)
        })
        .collect();
    let mut order: Vec<String> = Vec::new();
    let mut path = Vec::new();
    for name in lets.keys() {
        if let Err(cycle) = visit(name, &uses, &mut path, &mut order) {
            let rule = &lets[&cycle[0]];
            let message = format!("the expression needs itself: {}", cycle.join(" → "));
            return Err(RuleError::new(&rule.pointer, message).at(&rule.text, rule.tree.span.clone()));
        }
    }
    let mut lets = lets;
    let take = |name: String| lets.remove(&name).map(|rule| (name, rule));
    Ok(order.into_iter().filter_map(take).collect())
}

/// Visits what `name` uses before itself; as deep as there are named expressions at most.
fn visit<'a>(
    name: &'a str,
    uses: &HashMap<&'a str, Vec<&'a str>>,
    path: &mut Vec<&'a str>,
    order: &mut Vec<String>,
) -> Result<(), Vec<String>> {
    if order.iter().any(|done| done == name) {
        return Ok(());
    }
    if let Some(start) = path.iter().position(|open| *open == name) {
        let cycle = path[start..].iter().chain(std::iter::once(&name));
        return Err(cycle.map(ToString::to_string).collect());
    }
    path.push(name);
    for used in &uses[name] {
        visit(used, uses, path, order)?;
    }
    path.pop();
    order.push(name.to_owned());
    Ok(())
}

fn names_in<'a>(expr: &'a Expr, names: &mut Vec<&'a str>) {
    match &expr.kind {
        ExprKind::Number(_) => {}
        ExprKind::Name(name) => {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        ExprKind::Call { arguments, .. } => arguments.iter().for_each(|argument| names_in(argument, names)),
        ExprKind::Unary(_, operand) => names_in(operand, names),
        ExprKind::Binary(_, a, b) | ExprKind::History { of: a, back: b } => {
            names_in(a, names);
            names_in(b, names);
        }
    }
}
